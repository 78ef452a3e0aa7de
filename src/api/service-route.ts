import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { edgeHeaders, publicAddress } from "../http/admission/edge-headers.js";
import { answerBuffered, type BufferedHandler, type BufferedRequest } from "../http/body/buffered-request.js";
import type { BodyLimits } from "../http/body/read-body.js";
import type { Answer } from "../http/message/answer.js";
import type { RequestContext } from "../http/message/request-context.js";
import type { RequestHead } from "../http/message/request-head.js";
import type { Relay } from "../http/proxy/relay.js";
import type { RelayTarget } from "../http/proxy/relay-target.js";
import type { Route } from "../http/request-handler.js";
import type { ApiHandler } from "./handlers/api-handler.js";
import type { RpcRoutes } from "./handlers/rpc-routes.js";
import type { Decision } from "./routing/routing.js";

export interface ServiceRouteParts {
  readonly api: ApiHandler;
  readonly methods: RpcRoutes;
  readonly relay: Relay;
  readonly limits: BodyLimits;
}

/** Serves requests to a service: as a call, as a stream, or relayed. */
export class ServiceRoute implements Route, BufferedHandler {
  readonly id = "go.micro.api";
  readonly relayed: boolean;
  readonly buffered: BufferedHandler | undefined;
  readonly #parts: ServiceRouteParts;
  readonly #decision: Decision;

  constructor(parts: ServiceRouteParts, decision: Decision, relayed: boolean) {
    this.#parts = parts;
    this.#decision = decision;
    this.relayed = relayed;
    this.buffered = isStream(decision) ? undefined : this;
  }

  answer(request: BufferedRequest): Promise<Answer | undefined> {
    const { api, methods, relay } = this.#parts;
    const decision = this.#decision;
    if (decision.handler === "api") return api.answer(request, decision);
    if (decision.handler === "rpc") return methods.answer(request, decision);
    const body = request.body.length > 0 ? request.body : null;
    return relay.relay({ ...request, body }, this.#target(request.head, request.context));
  }

  request(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const { methods, relay, limits } = this.#parts;
    const decision = this.#decision;
    if (decision.handler === "proxy") return relay.forward(request, response, this.#target(request, context));
    if (this.buffered) return answerBuffered(this.buffered, request, response, { context, limits });
    return methods.stream(request, response, context, decision);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext): Promise<void> {
    const { methods, relay } = this.#parts;
    const route = this.#decision;
    if (route.handler === "rpc") return methods.upgrade(request, socket, head, { context, route });
    return relay.upgrade({ request, socket, head }, this.#target(request, context));
  }

  #target(head: RequestHead, context: RequestContext): RelayTarget {
    const { path, query } = context.path;
    const mount = publicAddress(head, context);
    return {
      service: this.#decision.service,
      path: path + query,
      headers: edgeHeaders(head, context),
      mount,
    };
  }
}

/** True for a streaming method. */
function isStream({ handler, endpoint }: Decision): boolean {
  return handler === "rpc" && endpoint?.metadata.stream === "true";
}
