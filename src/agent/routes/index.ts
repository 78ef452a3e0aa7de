import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MicroError } from "../../core/errors.js";
import { agentCheckRoutes } from "./agent-check.js";
import { agentHealthRoutes } from "./agent-health.js";
import { agentSelfRoutes } from "./agent-self.js";
import { agentServiceRoutes } from "./agent-service.js";
import { catalogRoutes } from "./catalog.js";
import { catalogRegisterRoutes } from "./catalog-register.js";
import { healthCheckRoutes } from "./health-checks.js";
import { healthServiceRoute } from "./health-service.js";
import { maintenanceRoutes } from "./maintenance.js";
import type { AgentState } from "./route.js";
import { statusRoutes } from "./status.js";
import { unsupportedRoutes } from "./unsupported.js";

export interface ConsulOptions extends AgentState {
  readonly address: () => string;
}

/** The Consul HTTP API, as far as service discovery uses it. */
export async function consulRoutes(app: FastifyInstance, options: ConsulOptions): Promise<void> {
  app.setErrorHandler(answerError);
  await app.register(agentSelfRoutes, options);
  await app.register(agentServiceRoutes, options);
  await app.register(agentCheckRoutes, options);
  await app.register(agentHealthRoutes, options);
  await app.register(maintenanceRoutes, options);
  await app.register(catalogRoutes, options);
  await app.register(catalogRegisterRoutes, options);
  await app.register(healthServiceRoute, options);
  await app.register(healthCheckRoutes, options);
  await app.register(statusRoutes, options);
  await app.register(unsupportedRoutes, options);
}

/** Errors are plain text, as in Consul. */
function answerError(error: FastifyError | MicroError, request: FastifyRequest, reply: FastifyReply): void {
  const code = MicroError.is(error) ? error.code : (error.statusCode ?? 500);
  const expected = MicroError.is(error) || code < 500;
  if (!expected) request.log.error({ err: error }, "request failed");
  reply
    .code(code)
    .header("Content-Type", "text/plain; charset=utf-8")
    .send(expected ? error.message : "internal error");
}
