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
 * `/health`: how the application beside answers, with its status, and what the sidecar itself lacks. Registry and
 * broker do not change the status: services that are known can still be called.
 */
export async function healthRoute(app: FastifyInstance, options: HealthRouteOptions): Promise<void> {
  const { app: beside, lastKnown, broker } = options;
  app.all("/health", async (_, reply) => {
    await checkApp(beside);
    await lastKnown.list().catch(() => {});
    return reply.header("Cache-Control", "no-store").send({
      status: "ok",
      registry: reach(lastKnown.staleFor),
      broker: reach(broker.awayFor),
      ...(beside && { application: { name: beside.name, registered: beside.registered } }),
    });
  });
}

/** `stale` in seconds. */
function reach(away: number) {
  return away > 0 ? { status: "unreachable", stale: Math.ceil(away / 1000) } : { status: "ok" };
}

/** Source: the statuses and texts of the original. */
async function checkApp(beside: AppSupervisor | undefined): Promise<void> {
  const found = (await beside?.look()) ?? { status: 200 };
  if ("failure" in found) throw new MicroError(sidecarId, 500, found.failure, { reason: "UNHEALTHY" });
  if (found.status === 200) return;
  throw new MicroError(sidecarId, found.status, `Non 200 response: ${found.status}`, { reason: "UNHEALTHY" });
}
