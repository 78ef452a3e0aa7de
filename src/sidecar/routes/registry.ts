import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { badRequest, MicroError } from "../../core/errors.js";
import type { Service } from "../../core/service.js";
import { parseDuration } from "../../core/time/duration.js";
import { requireJson } from "../../http/admission/origin.js";
import { bodyBytes, utf8 } from "../../http/body/body.js";
import { callerLeaves } from "../../http/body/buffered-request.js";
import { firstValues } from "../../http/message/query.js";
import { setStaleHeader } from "../../http/message/stale-header.js";
import { EventStream } from "../../http/stream/event-stream.js";
import { withMachineIdsOf } from "../../registry/machine.js";
import type { Registry } from "../../registry/registry.js";
import { requireWatchable } from "../../registry/wire/errors.js";
import { formatService } from "../../registry/wire/format.js";
import { withRequestTimeout } from "../../registry/with-request-timeout.js";
import type { Found, LastKnownRegistry } from "../last-known-registry.js";
import { sidecarId } from "../options.js";
import { parseServiceJson } from "../parse-service-json.js";
import type { PermanentEntries } from "../permanent-entries.js";

export interface RegistryRoutesOptions {
  readonly registry: Registry;
  readonly entries: PermanentEntries;
  readonly lastKnown: LastKnownRegistry;
  readonly stopping: AbortSignal;
}

/** Milliseconds for a write to the registry. */
const changeTimeout = 5000;

/** `/registry`: finds, registers and deregisters services, and streams changes. */
export async function registryRoutes(app: FastifyInstance, options: RegistryRoutesOptions): Promise<void> {
  const { entries, lastKnown } = options;
  app.get("/registry", async (request, reply) => {
    const { service, endpoint } = firstValues(request);
    if (accepts(request, "text/event-stream")) return watchRegistry(reply, options, service);
    if (service) return answer(reply, found(await lastKnown.get(service).catch(asNotFound)));
    if (!endpoint) return answer(reply, await lastKnown.list());
    return answer(reply, await lastKnown.withEndpoint(endpoint, callerLeaves(request.raw, reply.raw)));
  });
  app.post("/registry", async (request, reply) => {
    const ttl = readTtl(request);
    const service = withMachineIdsOf(request.socket.remoteAddress ?? "127.0.0.1", readService(request));
    const limited = { what: `register service "${service.name}"`, limit: changeTimeout };
    await withRequestTimeout(options.registry, limited, (signal) =>
      entries.register(service, { signal, ...(ttl && { ttl }) }),
    );
    return reply.send();
  });
  app.delete("/registry", async (request, reply) => {
    const service = readService(request);
    const limited = { what: `deregister service "${service.name}"`, limit: changeTimeout };
    await withRequestTimeout(options.registry, limited, (signal) => entries.deregister(service, { signal }));
    return reply.send();
  });
  app.route({
    method: ["PUT", "PATCH"],
    url: "/registry",
    handler: (request, reply) => {
      reply.header("Allow", "GET, POST, DELETE");
      throw new MicroError(sidecarId, 405, `method ${request.method}: not allowed`);
    },
  });
}

/** True if the `Accept` header names this type explicitly. */
export function accepts(request: FastifyRequest, type: string): boolean {
  return (request.headers.accept ?? "").split(",").some((range) => range.split(";", 1)[0]?.trim() === type);
}

/**
 * Sends all registered services as `create`, then each change. Sends `unreachable` when the registry stops answering,
 * and `reachable` when it answers again.
 */
async function watchRegistry(
  reply: FastifyReply,
  { registry, stopping }: { readonly registry: Registry; readonly stopping: AbortSignal },
  service: string | undefined,
): Promise<void> {
  if (service) requireWatchable(service);
  const events = EventStream.replyTo(reply);
  const signal = AbortSignal.any([events.signal, stopping]);
  const onReach = (error?: unknown) => void events.send(error ? "unreachable" : "reachable", "{}");
  try {
    for await (const { action, service: changed } of registry.watch({
      signal,
      onReach,
      ...(service && { service }),
    }))
      events.send(action, JSON.stringify({ action, service: formatService(changed) }));
  } finally {
    events.end();
  }
}

function answer(reply: FastifyReply, { value, stale }: Found<readonly Service[]>): FastifyReply {
  setStaleHeader(reply, stale);
  const body = Buffer.from(JSON.stringify(value.map(formatService)));
  return reply.header("Content-Type", "application/json").send(body);
}

/** Treats a service without nodes as not found. */
function found(read: Found<readonly Service[]>): Found<readonly Service[]> {
  if (read.value.length === 0) throw notThere();
  return read;
}

function asNotFound(error: unknown): never {
  if (MicroError.is(error) && error.code === 404) throw notThere();
  throw error;
}

/** Source: the text of the original. */
function notThere(): MicroError {
  return new MicroError("go.micro.registry", 404, "Service not found", { reason: "SERVICE_NOT_FOUND" });
}

function readService(request: FastifyRequest): Service {
  requireJson(request.headers, sidecarId);
  return parseServiceJson(utf8(bodyBytes(request), sidecarId));
}

function readTtl(request: FastifyRequest): number | undefined {
  const { ttl: text } = firstValues(request);
  if (text === undefined || text === "") return undefined;
  const ttl = parseDuration(text);
  if (ttl < 1000) throw badRequest(sidecarId, `query ttl "${text}": shorter than 1s`);
  return ttl;
}
