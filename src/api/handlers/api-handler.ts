import type { Client } from "../../client/client.js";
import { callMetadata, edgeHeaders } from "../../http/admission/edge-headers.js";
import type { BufferedRequest } from "../../http/body/buffered-request.js";
import { TickBarrier } from "../../http/listener/tick-barrier.js";
import type { Answer } from "../../http/message/answer.js";
import { callTimeout } from "../../http/rpc/rpc.js";
import type { Catalog } from "../../registry/catalog/catalog.js";
import { checkLink } from "../routing/cross-site-links.js";
import { dialectOf } from "../routing/node-dialect.js";
import type { Decision } from "../routing/routing.js";
import * as json from "./messages-json.js";
import { toAnswer } from "./to-answer.js";
import { toRequest } from "./to-request.js";

export interface ApiHandlerOptions {
  readonly client: Client;
  readonly catalog: Catalog;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Answers requests by calling methods that take an `api.Request` and return an `api.Response`. */
export class ApiHandler {
  readonly #options: ApiHandlerOptions;
  readonly #barrier = new TickBarrier();

  constructor(options: ApiHandlerOptions) {
    this.#options = options;
  }

  /** @throws {MicroError} The error to answer with. */
  async answer({ head, body, context, signal }: BufferedRequest, decision: Decision): Promise<Answer> {
    checkLink(context, decision);
    const { service, method } = decision;
    const { client, catalog, timeout } = this.#options;
    const services = catalog.services(service) ?? (await catalog.load(service));
    context.label = service;
    const { protobuf, filters } = dialectOf(services);
    const messages = protobuf ? await import("./messages-proto.js") : json;
    const metadata = callMetadata(head, context);
    const message = toRequest(head, context, body, edgeHeaders(head, context));
    await this.#barrier.over();
    const reply = await client.call<Uint8Array>(service, method, messages.encodeRequest(message), {
      raw: true,
      contentType: protobuf ? "application/protobuf" : "application/json",
      timeout: callTimeout(head.headers.timeout, { timeout }),
      metadata,
      signal,
      ...(filters && { select: { filters } }),
    });
    return toAnswer(head, messages.decodeResponse(reply));
  }
}
