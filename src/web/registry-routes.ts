import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { forbidden, notFound } from "../core/errors.js";
import type { Service } from "../core/service.js";
import { bodyBytes, utf8 } from "../http/body.js";
import { requireJson } from "../http/origin.js";
import { formatService } from "../registry/format.js";
import { healthy } from "../registry/group.js";
import { parseService } from "../registry/parse.js";
import type { ServiceDetail } from "./model.js";
import { pageRoute } from "./pages.js";
import { id, type Parts } from "./parts.js";
import { queryOf, textOf } from "./request-query.js";

/** `/registry` and `/query`, for programs as the original answers them; acts only under `--web_admin`. */
export async function registryRoutes(app: FastifyInstance, parts: Parts): Promise<void> {
  const { assets, service, access } = parts;
  const json = (request: FastifyRequest, reply: FastifyReply) => answer(parts, request, reply);
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

/** @throws {MicroError} 403 where the dashboard only looks. */
export function requireAdmin(admin: boolean): void {
  if (!admin) throw forbidden(id, "this dashboard only looks: start it with --web_admin");
}

/** Source: the original, whose lists are sorted by name. */
async function answer(
  { view, service }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const query = queryOf(request);
  const name = textOf(query, "service");
  if (name === "") {
    const listed = await service.registry.listServices({ signal: AbortSignal.timeout(5_000) });
    const sorted = [...listed].sort((a, b) => (a.name < b.name ? -1 : 1));
    return { services: sorted.map(formatService) };
  }
  await view.ready;
  const services = view.services(name);
  if (!query.has("detail")) return answerHealthy(services, reply);
  if (services.length === 0) return answerMissing(reply, true);
  const seen = [...view.seen(name)].map(([node, time]) => ({ node, time }));
  return { services, seen } satisfies ServiceDetail;
}

/** Source: the original, which knows only nodes that pass their check. */
function answerHealthy(services: readonly Service[], reply: FastifyReply): unknown {
  const found = healthy(services);
  return found.length === 0 ? answerMissing(reply, false) : { services: found.map(formatService) };
}

/** Source: the original, for programs; our own pages get the usual form of an error. */
function answerMissing(reply: FastifyReply, detail: boolean): unknown {
  reply.code(404);
  if (detail) return notFound(id, "not registered");
  return reply.type("text/plain; charset=utf-8").send("Not found\n");
}
