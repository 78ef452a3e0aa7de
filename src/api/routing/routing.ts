import type { Endpoint } from "../../core/service.js";
import type { PathParams } from "../../core/text/route-pattern.js";
import type { HandlerName } from "../options.js";
import { proxyTarget, targetOf } from "./path-table.js";
import { handlerNamed, type RouteHandler, type Routes } from "./routes.js";

/** Who answers a request, and how it gets there. */
export interface Decision {
  readonly handler: RouteHandler;
  readonly service: string;
  readonly method: string;
  readonly endpoint?: Endpoint;
  readonly params: PathParams;
}

const noParams: PathParams = new Map();

/** Decides by the routes of the catalog, then by what a service's metadata says, then by the default handler. */
export class Routing {
  readonly #routes: Routes;
  readonly #namespace: string;
  readonly #handler: HandlerName;

  constructor(routes: Routes, namespace: string, handler: HandlerName) {
    this.#routes = routes;
    this.#namespace = namespace;
    this.#handler = handler;
  }

  /**
   * Nothing for a path that names no service. An upgrade goes to a method only where a service says so.
   * @throws {MicroError} 400 for a path that cannot name one.
   */
  decide(method: string, path: string, upgrade = false): Decision | undefined {
    const match = this.#routes.match(method, path);
    if (match) {
      const { endpoint, handler, service } = match.route;
      return { handler, service, method: endpoint.name, endpoint, params: match.params };
    }
    const proxied = proxyTarget(path, this.#namespace);
    if (proxied !== undefined && this.#saysOf(proxied) === "proxy") return proxy(proxied);
    if (this.#handler === "proxy" && !(proxied && this.#saysOf(proxied)))
      return proxied === undefined ? undefined : proxy(proxied);
    return this.#byTable(path, upgrade, proxied);
  }

  #byTable(path: string, upgrade: boolean, proxied: string | undefined): Decision | undefined {
    const { service, method } = targetOf(path, this.#namespace);
    const endpoint = this.#endpoint(service, method);
    const said = handlerNamed(endpoint?.metadata.handler) ?? this.#saysOf(service);
    if (upgrade && said !== "rpc") return proxied === undefined ? undefined : proxy(proxied);
    return { handler: said ?? "api", service, method, ...(endpoint && { endpoint }), params: noParams };
  }

  #endpoint(service: string, method: string): Endpoint | undefined {
    for (const { endpoints } of this.#routes.versions(service)) {
      const found = endpoints.find(({ name }) => name === method);
      if (found) return found;
    }
    return undefined;
  }

  /** What a service says of itself: registries keep no metadata of services, so its nodes carry it. */
  #saysOf(service: string): RouteHandler | undefined {
    for (const { metadata, nodes } of this.#routes.versions(service)) {
      const said = handlerNamed(metadata.handler) ?? handlerNamed(nodes[0]?.metadata.handler);
      if (said) return said;
    }
    return undefined;
  }
}

function proxy(service: string): Decision {
  return { handler: "proxy", service, method: "", params: noParams };
}
