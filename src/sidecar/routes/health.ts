import type { FastifyInstance } from "fastify";
import { MicroError } from "../../core/errors.js";
import type { AppSupervisor } from "../app/app-supervisor.js";
import type { BrokerAvailability } from "../broker/broker-availability.js";
import type { LastKnownRegistry } from "../last-known-registry.js";
import { sidecarId } from "../options.js";

export interface HealthRouteOptions {
  readonly app: AppSupervisor | undefined;
  readonly lastKnown: LastKnownRegistry;
  readonly broker: BrokerAvailability;
}

/**
 * `/health`: answers with the status of the application's health check. The body also has the state of registry and
 * broker, which do not change the status: known services can still be called.
 */
export async function healthRoute(app: FastifyInstance, options: HealthRouteOptions): Promise<void> {
  const { app: supervisor, lastKnown, broker } = options;
  app.all("/health", async (_, reply) => {
    await checkApp(supervisor);
    await lastKnown.list().catch(() => {});
    return reply.header("Cache-Control", "no-store").send({
      status: "ok",
      registry: reach(lastKnown.staleFor),
      broker: reach(broker.awayFor),
      ...(supervisor && { application: { name: supervisor.name, registered: supervisor.registered } }),
    });
  });
}

/** The state of the registry or broker. `stale` is in seconds. */
function reach(away: number) {
  return away > 0 ? { status: "unreachable", stale: Math.ceil(away / 1000) } : { status: "ok" };
}

/** Throws if the application is not healthy. Source of statuses and texts: the original. */
async function checkApp(supervisor: AppSupervisor | undefined): Promise<void> {
  const found = (await supervisor?.check()) ?? { status: 200 };
  if ("failure" in found) throw new MicroError(sidecarId, 500, found.failure, { reason: "UNHEALTHY" });
  if (found.status === 200) return;
  throw new MicroError(sidecarId, found.status, `Non 200 response: ${found.status}`, { reason: "UNHEALTHY" });
}
