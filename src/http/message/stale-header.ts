import type { FastifyReply } from "fastify";

/** Adds the header for a response from the last known state of the registry, `stale` milliseconds old; none for 0. */
export function setStaleHeader(reply: FastifyReply, stale: number): void {
  if (stale > 0) void reply.header("X-Micro-Registry-Stale", Math.ceil(stale / 1000));
}
