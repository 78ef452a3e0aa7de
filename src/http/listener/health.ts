import type { FastifyInstance } from "fastify";
import { unavailable } from "../../core/errors.js";
import { type Metrics, pageType } from "../observe/metrics.js";

export interface HealthOptions {
  readonly id: string;
  /** What keeps it from being ready. */
  readonly problem: () => string | undefined;
  /** Shown at `/metrics`. */
  readonly metrics?: Metrics;
}

/** `/health/live`: the process answers. `/health/ready`: it wants work. `/metrics`: what it counted. */
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
