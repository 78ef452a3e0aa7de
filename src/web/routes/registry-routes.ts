import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { forbidden, notFound, unavailable } from "../../core/errors.js";
import type { Service } from "../../core/service.js";
import { requireJson } from "../../http/admission/origin.js";
import { bodyBytes, utf8 } from "../../http/body/body.js";
import { queryOf } from "../../http/message/query.js";
import { setStaleHeader } from "../../http/message/stale-header.js";
import { isRegistryError, nameOnly } from "../../registry/wire/errors.js";
import { formatService } from "../../registry/wire/format.js";
import { healthy } from "../../registry/wire/group-by-version.js";
import { parseService } from "../../registry/wire/parse.js";
import { id, type WebContext } from "../context.js";
import type { ServiceDetail } from "../model.js";
import { pageRoute } from "../pages/pages.js";
import { textOf } from "./url-query.js";

/** Milliseconds for the registry to list its services, before the last known list is returned. */
const listTimeout = 2000;

/** `/registry` and `/query`. Programs get the responses of the original. Changes require `--web_admin`. */
export async function registryRoutes(app: FastifyInstance, parts: WebContext): Promise<void> {
  const { assets, service, access } = parts;
  const listing = new Listing(parts);
  const json = (request: FastifyRequest, reply: FastifyReply) =>
    answer({ view: parts.view, listing }, request, reply);
  pageRoute(app, assets, "/registry", { json });
  pageRoute(app, assets, "/query", { json });
  app.post("/registry", async (request, reply) => {
    const registered = read(request, access.admin);
    await service.registry.register(registered);
    return reply.send();
  });
  app.delete("/registry", async (request, reply) => {
    const removed = read(request, access.admin);
    await service.registry.deregister(removed);
    return reply.send();
  });
}

function read(request: FastifyRequest, admin: boolean): Service {
  requireAdmin(admin);
  requireJson(request.headers, id);
  return parseService(utf8(bodyBytes(request), id));
}

/** @throws {MicroError} 403 when the dashboard is read-only. */
export function requireAdmin(admin: boolean): void {
  if (!admin) throw forbidden(id, "this dashboard is read-only: start it with --web_admin");
}

/** Answers with a service, or with the names of all services, sorted as in the original. */
async function answer(
  { view, listing }: Pick<WebContext, "view"> & { readonly listing: Listing },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const name = textOf(request, "service");
  await view.ready;
  const { staleSince, loaded } = view.state;
  if (staleSince !== null && !loaded)
    throw unavailable(id, "the registry does not answer", { reason: "REGISTRY_UNREACHABLE" });
  setStaleHeader(reply, view.staleFor);
  if (name === "") return { services: (await listing.names(reply)).map(nameOnly).map(formatService) };
  const services = view.services(name);
  if (queryOf(request).detail === undefined) return answerHealthy(services, reply);
  if (services.length === 0) return answerMissing(reply, true);
  const seen = [...view.seen(name)].map(([node, time]) => ({ node, time }));
  return { services, seen } satisfies ServiceDetail;
}

/** Lists the names of all services in the registry. */
class Listing {
  readonly #parts: WebContext;
  /** The last list. It includes services of other kinds, which the view leaves out. */
  #last: readonly string[] = [];

  constructor(parts: WebContext) {
    this.#parts = parts;
  }

  /** The sorted current names. If the registry does not answer, the last known ones, marked as stale. */
  async names(reply: FastifyReply): Promise<readonly string[]> {
    const { view, service } = this.#parts;
    if (view.state.staleSince !== null) return this.#known();
    const asked = performance.now();
    try {
      const listed = await service.registry.listServices({ signal: AbortSignal.timeout(listTimeout) });
      this.#last = listed.map(({ name }) => name).sort();
      return this.#last;
    } catch (error) {
      if (isRegistryError(error)) throw error;
      setStaleHeader(reply, performance.now() - asked);
      return this.#known();
    }
  }

  #known(): readonly string[] {
    return [...new Set([...this.#last, ...this.#parts.view.names()])].sort();
  }
}

/** Answers with the healthy nodes only, as the original does. */
function answerHealthy(services: readonly Service[], reply: FastifyReply): unknown {
  const found = healthy(services);
  return found.length === 0 ? answerMissing(reply, false) : { services: found.map(formatService) };
}

/** Answers programs as the original does. The dashboard's own pages get a JSON error. */
function answerMissing(reply: FastifyReply, detail: boolean): unknown {
  reply.code(404);
  if (detail) return notFound(id, "not registered");
  return reply.type("text/plain; charset=utf-8").send("Not found\n");
}
