import type { FastifyInstance } from "fastify";
import { unavailable } from "../../core/errors.js";
import { type Metrics, pageType } from "../observe/metrics.js";

export interface HealthOptions {
  readonly id: string;
  /** Why the program is not ready. Undefined if it is. */
  readonly problem: () => string | undefined;
  /** Served at `/metrics`. Default: not served. */
  readonly metrics?: Metrics;
}

/** `/health/live`: the process responds. `/health/ready`: it accepts work. `/metrics`: its metrics. */
export async function healthRoutes(app: FastifyInstance, options: HealthOptions): Promise<void> {
  const ok = { status: "ok" };
  app.get("/health/live", async (_, reply) => reply.header("Cache-Control", "no-store").send(ok));
  app.get("/health/ready", async (_, reply) => {
    const problem = options.problem();
    if (problem !== undefined) throw unavailable(options.id, problem, { executed: "no" });
    return reply.header("Cache-Control", "no-store").send(ok);
  });
  const { metrics } = options;
  if (!metrics) return;
  app.get("/metrics", async (_, reply) => reply.type(pageType).send(await metrics.text()));
}
