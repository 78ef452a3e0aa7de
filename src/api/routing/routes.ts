import type { Endpoint, Service } from "../../core/service.js";
import { wireEndpoints } from "../../core/text/field-names.js";
import { type PathParams, RoutePattern } from "../../core/text/route-pattern.js";
import type { Change } from "../../registry/registry.js";

/** How an endpoint is reached. In metadata, `http` is the later Go name of `proxy`. */
export type RouteHandler = "rpc" | "api" | "proxy";

/** An endpoint that declares a path. */
export interface EndpointRoute {
  readonly pattern: RoutePattern;
  /** HTTP methods. Empty for any. */
  readonly methods: readonly string[];
  readonly handler: RouteHandler;
  readonly service: string;
  readonly endpoint: Endpoint;
}

export interface RouteMatch {
  readonly route: EndpointRoute;
  readonly params: PathParams;
}

/** Maximum endpoints per service version. Further ones are ignored. */
const maxRoutes = 1000;

/** The live routes, declared by services in the metadata of their endpoints (`path`, `method`, `handler`). */
export class Routes {
  readonly #byService = new Map<string, Map<string, Service>>();
  #sorted: readonly EndpointRoute[] | undefined;

  /** Every version of every known service, with field names as in JSON. */
  *services(): Iterable<Service> {
    for (const versions of this.#byService.values()) yield* versions.values();
  }

  apply({ action, service }: Change): void {
    const versions = this.#byService.get(service.name) ?? new Map<string, Service>();
    if (action === "delete") versions.delete(service.version);
    else versions.set(service.version, { ...service, endpoints: wireEndpoints(service) });
    if (versions.size > 0) this.#byService.set(service.name, versions);
    else this.#byService.delete(service.name);
    this.#sorted = undefined;
  }

  /** The versions of one service. */
  versions(name: string): Iterable<Service> {
    return this.#byService.get(name)?.values() ?? [];
  }

  /** All routes, the most specific first. */
  all(): readonly EndpointRoute[] {
    this.#sorted ??= [...this.services()].flatMap(routesOf).sort((a, b) => a.pattern.compare(b.pattern));
    return this.#sorted;
  }

  /** The first matching route. */
  match(method: string, path: string): RouteMatch | undefined {
    for (const route of this.all()) {
      if (route.methods.length > 0 && !route.methods.includes(method)) continue;
      const params = route.pattern.match(path);
      if (params) return { route, params };
    }
    return undefined;
  }
}

/** The handler named in metadata. */
export function handlerNamed(name: string | undefined): RouteHandler | undefined {
  if (name === "http" || name === "proxy") return "proxy";
  return name === "rpc" || name === "api" ? name : undefined;
}

function routesOf(service: Service): EndpointRoute[] {
  return service.endpoints.slice(0, maxRoutes).flatMap((endpoint) => {
    const { path = "", method = "", handler } = endpoint.metadata;
    const pattern = RoutePattern.parse(path);
    if (!pattern || endpoint.metadata.subscriber === "true") return [];
    const methods = method.split(",").flatMap((name) => name.trim().toUpperCase() || []);
    return [{ pattern, methods, handler: handlerNamed(handler) ?? "rpc", service: service.name, endpoint }];
  });
}
