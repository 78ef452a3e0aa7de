import type { FastifyReply } from "fastify";

/** Adds the header for a response from the registry's last known state, `stale` milliseconds old. None for 0. */
export function setStaleHeader(reply: FastifyReply, stale: number): void {
  if (stale > 0) void reply.header("X-Micro-Registry-Stale", Math.ceil(stale / 1000));
}
