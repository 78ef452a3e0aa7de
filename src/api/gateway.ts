import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest, forbidden, MicroError, notFound } from "../core/errors.js";
import { type Log, silent } from "../core/log/log.js";
import { gatewayPaths } from "../core/text/route-pattern.js";
import { edgeHeaders, publicAddress } from "../http/admission/edge-headers.js";
import { answerBuffered, type BufferedHandler, type BufferedRequest } from "../http/body/buffered-request.js";
import type { BodyLimits } from "../http/body/read-body.js";
import { presentable, refuseUpgrade } from "../http/errors.js";
import { type Answer, errorAnswer, movedTo, sendAnswer } from "../http/message/answer.js";
import type { RequestContext } from "../http/message/request-context.js";
import type { RequestHead } from "../http/message/request-head.js";
import type { Relay } from "../http/proxy/relay.js";
import type { RelayTarget } from "../http/proxy/relay-target.js";
import type { RequestHandler } from "../http/request-handler.js";
import type { RpcHandler } from "../http/rpc/rpc.js";
import type { ApiHandler } from "./handlers/api-handler.js";
import type { RpcRoutes } from "./handlers/rpc-routes.js";
import type { InitialRoutes } from "./routing/initial-routes.js";
import type { Decision, Routing } from "./routing/routing.js";

export interface GatewayParts {
  readonly rpc: RpcHandler;
  readonly api: ApiHandler;
  readonly methods: RpcRoutes;
  readonly relay: Relay;
  readonly routing: Routing;
  /** Until it knows, requests for paths wait. */
  readonly first: InitialRoutes;
  readonly allows: (service: string) => boolean;
  readonly limits: BodyLimits;
  readonly log?: Log;
}

const id = "go.micro.api";

/** Takes the requests that are for services, before any router. */
export class Gateway implements RequestHandler {
  readonly #parts: GatewayParts;
  readonly #rpc: BufferedHandler;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const { rpc } = parts;
    this.#rpc = {
      id: rpc.id,
      answer(request) {
        request.context.label = "rpc";
        return rpc.answer(request);
      },
    };
  }

  request(request: IncomingMessage, response: ServerResponse, context: RequestContext): boolean {
    const { path } = context.path;
    if (path === "/rpc") {
      context.label = "rpc";
      void this.#parts.rpc.handle(request, response, context);
      return true;
    }
    if (gatewayPaths.test(path)) return false;
    void this.#answer(request, response, context);
    return true;
  }

  relays(method: string, path: string, upgrade: boolean): boolean {
    const { routing, first } = this.#parts;
    if (gatewayPaths.test(path)) return false;
    if (!first.known) return true; // it waits, and is looked at then
    try {
      const decision = routing.decide(method, path, upgrade);
      const doubled = path.indexOf("//");
      const named = doubled < 0 ? decision : routing.decide(method, path.slice(0, doubled + 1), upgrade);
      return decision?.handler === "proxy" && decision.service === named?.service;
    } catch {
      return false;
    }
  }

  bufferedHandler(method: string, path: string): BufferedHandler | undefined {
    if (path === "/rpc") return method === "POST" ? this.#rpc : undefined;
    if (gatewayPaths.test(path) || !this.#parts.first.known) return undefined;
    try {
      const decision = this.#permitted(this.#parts.routing.decide(method, path));
      if (decision.handler === "proxy") return this.#relayed(decision);
      return isUnary(decision) ? this.#unary(decision) : undefined;
    } catch {
      return undefined;
    }
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext): boolean {
    const { path } = context.path;
    if (gatewayPaths.test(path)) return false;
    const refuse = (error: unknown) => refuseUpgrade(request, socket, this.#shown(error, context));
    void this.#join(request, socket, head, context).catch(refuse);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    try {
      await this.#dispatch(request, response, context);
    } catch (error) {
      sendAnswer(request, response, errorAnswer(this.#shown(error, context)));
    }
  }

  async #dispatch(
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext,
  ): Promise<void> {
    const { limits, methods, relay, routing, first } = this.#parts;
    if (!first.known) {
      await first.wait(id);
      if (this.#asGiven(request, response, context)) return;
    }
    const decision = this.#permitted(routing.decide(request.method ?? "", context.path.path));
    if (isUnary(decision))
      return answerBuffered(this.#unary(decision), request, response, { context, limits });
    if (decision.handler === "rpc") return methods.stream(request, response, context, decision);
    await relay.forward(request, response, this.#target(decision, request, context));
  }

  /** What is done before, for a request that came before anybody could say whether it is relayed. */
  #asGiven(request: IncomingMessage, response: ServerResponse, { path }: RequestContext): boolean {
    const { method = "" } = request;
    const options = method === "OPTIONS";
    if ((!options && path.redirect === undefined) || this.relays(method, path.path, false)) return false;
    if (!options) sendAnswer(request, response, movedTo(path.redirect ?? "", method, id));
    else sendAnswer(request, response, { status: 200, headers: ["Content-Length", "0"] });
    return true;
  }

  /** Calls one method for one request. */
  #unary(decision: Decision): BufferedHandler {
    const { api, methods } = this.#parts;
    const handler = decision.handler === "api" ? api : methods;
    return this.#answering((request) => handler.answer(request, decision));
  }

  /** Hands on one request whose body is there. */
  #relayed(decision: Decision): BufferedHandler {
    const { relay } = this.#parts;
    return this.#answering((request) => {
      const body = request.body.length > 0 ? request.body : null;
      return relay.relay({ ...request, body }, this.#target(decision, request.head, request.context));
    });
  }

  #target({ service }: Decision, head: RequestHead, context: RequestContext): RelayTarget {
    const { path, query } = context.path;
    const mount = publicAddress(head, context);
    return { service, path: path + query, headers: edgeHeaders(head, context), mount };
  }

  #answering(answer: (request: BufferedRequest) => Promise<Answer | undefined>): BufferedHandler {
    return {
      id,
      answer: (request) => answer(request).catch((error) => errorAnswer(this.#shown(error, request.context))),
    };
  }

  async #join(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    context: RequestContext,
  ): Promise<void> {
    const { methods, relay, routing, first } = this.#parts;
    const { path, redirect } = context.path;
    if (!first.known) {
      await first.wait(id);
      if (redirect !== undefined && !this.relays("GET", path, true))
        throw badRequest(id, "upgrade: not possible here");
    }
    const decision = this.#permitted(routing.decide("GET", path, true));
    if (decision.handler === "rpc")
      return methods.upgrade(request, socket, head, { context, route: decision });
    await relay.upgrade({ request, socket, head }, this.#target(decision, request, context));
  }

  #permitted(decision: Decision | undefined): Decision {
    if (!decision) throw notFound(id, "request path: names no service");
    if (this.#parts.allows(decision.service)) return decision;
    throw forbidden(id, `service "${decision.service}": not reachable from here`);
  }

  /** A peer's bare text has code 0: it stays as it is, and the status is 500. */
  #shown(error: unknown, context: RequestContext): MicroError {
    if (!MicroError.is(error))
      (this.#parts.log ?? silent).error({ err: error, request: context.id }, "request failed");
    return presentable(error, id, context);
  }
}

/** One request, one answer: neither is a stream. */
function isUnary({ handler, endpoint }: Decision): boolean {
  return handler === "api" || (handler === "rpc" && endpoint?.metadata.stream !== "true");
}
