import type { FastifyInstance } from "fastify";
import { route } from "./route.js";

/** `/v1/status/leader` and `/v1/status/peers`: this agent is the only leader. */
export async function statusRoutes(
  app: FastifyInstance,
  { address }: { address: () => string },
): Promise<void> {
  route(app, "GET", "/v1/status/leader", address);
  route(app, "GET", "/v1/status/peers", () => [address()]);
}
