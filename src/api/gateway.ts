import { badRequest, forbidden, notFound } from "../core/errors.js";
import { gatewayPaths } from "../core/text/route-pattern.js";
import { movedTo, sendAnswer } from "../http/message/answer.js";
import type { RequestHandler, Route } from "../http/request-handler.js";
import type { RpcHandler } from "../http/rpc/rpc.js";
import type { InitialRoutes } from "./routing/initial-routes.js";
import type { Decision, Routing } from "./routing/routing.js";
import { ServiceRoute, type ServiceRouteParts } from "./service-route.js";

export interface GatewayParts extends ServiceRouteParts {
  readonly rpc: RpcHandler;
  readonly routing: Routing;
  /** Requests for paths wait until the first routes are known. */
  readonly first: InitialRoutes;
  readonly allows: (service: string) => boolean;
}

const id = "go.micro.api";

/** Routes requests to services, before the router. */
export class Gateway implements RequestHandler {
  readonly #parts: GatewayParts;
  readonly #waiting: Route;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#waiting = this.#untilKnown();
  }

  route(method: string, path: string, upgrade: boolean): Route | undefined {
    const { rpc, first } = this.#parts;
    if (path === "/rpc" && !upgrade) return rpc.route(method);
    if (gatewayPaths.test(path)) return undefined;
    return first.known ? this.#known(method, path, upgrade) : this.#waiting;
  }

  #known(method: string, path: string, upgrade: boolean): Route {
    const { routing, allows } = this.#parts;
    try {
      const decision = routing.decide(method, path, upgrade);
      if (!decision) return refused(notFound(id, "request path: names no service"));
      const relayed = decision.handler === "proxy" && this.#ownsSlashes(decision, method, path, upgrade);
      const { service } = decision;
      if (allows(service)) return new ServiceRoute(this.#parts, decision, relayed);
      return refused(forbidden(id, `service "${service}": not reachable from here`), relayed);
    } catch (error) {
      return refused(error);
    }
  }

  /** True if the part of the path before its first `//` names the same service. */
  #ownsSlashes({ service }: Decision, method: string, path: string, upgrade: boolean): boolean {
    const doubled = path.indexOf("//");
    if (doubled < 0) return true;
    return this.#parts.routing.decide(method, path.slice(0, doubled + 1), upgrade)?.service === service;
  }

  /** Waits until routes are known, then routes the request as the listener would have done. */
  #untilKnown(): Route {
    const { first } = this.#parts;
    return {
      relayed: true, // nobody can say yet
      request: async (request, response, context) => {
        const { path, redirect } = context.path;
        const { method = "" } = request;
        await first.wait(id);
        const route = this.#known(method, path, false);
        if (route.relayed || (redirect === undefined && method !== "OPTIONS"))
          return route.request(request, response, context);
        const nothing = { status: 200, headers: ["Content-Length", "0"] };
        sendAnswer(request, response, method === "OPTIONS" ? nothing : movedTo(redirect ?? "", method, id));
      },
      upgrade: async (request, socket, head, context) => {
        const { path, redirect } = context.path;
        await first.wait(id);
        const route = this.#known("GET", path, true);
        if (redirect !== undefined && !route.relayed) throw badRequest(id, "upgrade: not possible here");
        await route.upgrade?.(request, socket, head, context);
      },
    };
  }
}

function refused(error: unknown, relayed = false): Route {
  const refuse = () => Promise.reject(error);
  return { relayed, request: refuse, upgrade: refuse };
}
