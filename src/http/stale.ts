import type { FastifyReply } from "fastify";

/** Says for how long (milliseconds) the registry has not answered, where an answer is what was known then; not for 0. */
export function markStale(reply: FastifyReply, stale: number): void {
  if (stale > 0) void reply.header("X-Micro-Registry-Stale", Math.ceil(stale / 1000));
}
