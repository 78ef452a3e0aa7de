import type { FastifyInstance } from "fastify";
import type { Broker } from "../../broker/broker.js";
import { MicroError } from "../../core/errors.js";
import type { AppBeside } from "../app/beside.js";
import type { Directory } from "../directory.js";
import { sidecarId } from "../options.js";

export interface HealthRouteOptions {
  readonly app: AppBeside | undefined;
  readonly directory: Directory;
  readonly broker: Broker;
}

/**
 * `/health`: how the application beside answers, with its status, and what the sidecar itself lacks. Registry and
 * broker do not change the status: services that are known can still be called.
 */
export async function healthRoute(app: FastifyInstance, options: HealthRouteOptions): Promise<void> {
  const { app: beside, directory, broker } = options;
  app.all("/health", async (_, reply) => {
    await checkApp(beside);
    await directory.list().catch(() => {});
    const stale = Math.ceil(directory.staleFor / 1000);
    return reply.header("Cache-Control", "no-store").send({
      status: "ok",
      registry: stale > 0 ? { status: "unreachable", stale } : { status: "ok" },
      broker: { status: broker.address === "" ? "not connected" : "ok", name: broker.name },
      ...(beside && { application: { name: beside.name, registered: beside.registered } }),
    });
  });
}

/** Source: the statuses and texts of the original. */
async function checkApp(beside: AppBeside | undefined): Promise<void> {
  const found = (await beside?.look()) ?? { status: 200 };
  if ("failure" in found) throw new MicroError(sidecarId, 500, found.failure, { reason: "UNHEALTHY" });
  if (found.status === 200) return;
  throw new MicroError(sidecarId, found.status, `Non 200 response: ${found.status}`, { reason: "UNHEALTHY" });
}
