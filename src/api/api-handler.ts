import type { IncomingMessage, ServerResponse } from "node:http";
import type { Client } from "../client/client.js";
import { MicroError } from "../core/errors.js";
import { callerLeaves } from "../http/caller.js";
import type { Exchange } from "../http/exchange.js";
import { readBody } from "../http/read-body.js";
import { callTimeout } from "../http/rpc.js";
import type { Catalog } from "../registry/catalog.js";
import { callMetadata, edgeHeaders } from "./call-metadata.js";
import { dialectOf } from "./go-nodes.js";
import * as json from "./messages-json.js";
import * as proto from "./messages-proto.js";
import type { Target } from "./path-table.js";
import { sendResponse } from "./send-response.js";
import { toRequest } from "./to-request.js";

export interface ApiHandlerOptions {
  readonly client: Client;
  readonly catalog: Catalog;
  /** Milliseconds. */
  readonly timeout: number;
  readonly bodyLimit: number;
  readonly bodyTimeout: number;
}

/** Answers a request by a method that takes `api.Request` and answers `api.Response`. */
export class ApiHandler {
  readonly #options: ApiHandlerOptions;

  constructor(options: ApiHandlerOptions) {
    this.#options = options;
  }

  /** @throws {MicroError} what the request must be answered. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    exchange: Exchange,
    { service, method }: Target,
  ): Promise<void> {
    const { client, catalog, timeout, bodyLimit, bodyTimeout } = this.#options;
    const reading = readBody(request, { limit: bodyLimit, timeout: bodyTimeout }, "go.micro.api");
    const [body, services] = await Promise.all([reading, catalog.services(service) ?? catalog.load(service)]);
    exchange.label = service;
    const { protobuf, filters } = dialectOf(services);
    const messages = protobuf ? proto : json;
    const message = toRequest(request, exchange.path, body, edgeHeaders(request, exchange));
    const reply = await client.call<Uint8Array>(service, method, messages.encodeRequest(message), {
      raw: true,
      contentType: protobuf ? "application/protobuf" : "application/json",
      timeout: callTimeout(request.headers.timeout, { timeout }),
      metadata: callMetadata(request, exchange),
      signal: callerLeaves(response, "go.micro.api"),
      ...(filters && { select: { filters } }),
    });
    await sendResponse(request, response, messages.decodeResponse(reply));
  }
}
