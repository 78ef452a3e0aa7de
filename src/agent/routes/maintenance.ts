import type { FastifyInstance } from "fastify";
import { queryOf } from "../../http/message/query.js";
import { maintainNode, maintainService } from "../maintenance.js";
import { type AgentState, nameIn, route } from "./route.js";

/** `/v1/agent/maintenance` and `/v1/agent/service/maintenance/ID`. */
export async function maintenanceRoutes(app: FastifyInstance, { store }: AgentState): Promise<void> {
  route(app, "PUT", "/v1/agent/maintenance", (request) => maintainNode(store, queryOf(request)));
  route(app, "PUT", "/v1/agent/service/maintenance/*", (request) =>
    maintainService(store, nameIn(request, "Missing service ID"), queryOf(request)),
  );
}
