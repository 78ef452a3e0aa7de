import type { Endpoint } from "../../core/service.js";
import type { PathParams } from "../../core/text/route-pattern.js";
import type { HandlerName } from "../options.js";
import { proxyTarget, targetOf } from "./path-table.js";
import { handlerNamed, type RouteHandler, type Routes } from "./routes.js";

/** Where a request goes: the handler, service and method. */
export interface Decision {
  readonly handler: RouteHandler;
  readonly service: string;
  readonly method: string;
  readonly endpoint?: Endpoint;
  readonly params: PathParams;
}

const noParams: PathParams = new Map();

/** Routes requests: by declared routes, then by the metadata of the service, then by the default handler. */
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
   * Returns undefined for a path without a service. An upgrade goes to a method only if the service's metadata says so.
   * @throws {MicroError} 400 for an invalid path.
   */
  decide(method: string, path: string, upgrade = false): Decision | undefined {
    const match = this.#routes.match(method, path);
    if (match) {
      const { endpoint, handler, service } = match.route;
      return { handler, service, method: endpoint.name, endpoint, params: match.params };
    }
    const proxied = proxyTarget(path, this.#namespace);
    if (proxied !== undefined && this.#declaredHandler(proxied) === "proxy") return proxy(proxied);
    if (this.#handler === "proxy" && !(proxied && this.#declaredHandler(proxied)))
      return proxied === undefined ? undefined : proxy(proxied);
    return this.#byTable(path, upgrade, proxied);
  }

  #byTable(path: string, upgrade: boolean, proxied: string | undefined): Decision | undefined {
    const { service, method } = targetOf(path, this.#namespace);
    const endpoint = this.#endpoint(service, method);
    const declared = handlerNamed(endpoint?.metadata.handler) ?? this.#declaredHandler(service);
    if (upgrade && declared !== "rpc") return proxied === undefined ? undefined : proxy(proxied);
    return { handler: declared ?? "api", service, method, ...(endpoint && { endpoint }), params: noParams };
  }

  #endpoint(service: string, method: string): Endpoint | undefined {
    for (const { endpoints } of this.#routes.versions(service)) {
      const found = endpoints.find(({ name }) => name === method);
      if (found) return found;
    }
    return undefined;
  }

  /** The handler that a service declares. Registries do not keep metadata of services, so its nodes carry it. */
  #declaredHandler(service: string): RouteHandler | undefined {
    for (const { metadata, nodes } of this.#routes.versions(service)) {
      const declared = handlerNamed(metadata.handler) ?? handlerNamed(nodes[0]?.metadata.handler);
      if (declared) return declared;
    }
    return undefined;
  }
}

function proxy(service: string): Decision {
  return { handler: "proxy", service, method: "", params: noParams };
}
