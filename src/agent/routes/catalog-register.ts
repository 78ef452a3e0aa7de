import type { FastifyInstance } from "fastify";
import { deregisterExternal, registerExternal } from "../external.js";
import { type AgentState, bodyText, route } from "./route.js";

/** `/v1/catalog/register` and `/v1/catalog/deregister`: nodes without an agent. */
export async function catalogRegisterRoutes(
  app: FastifyInstance,
  { node, store }: AgentState,
): Promise<void> {
  route(app, "PUT", "/v1/catalog/register", (request) => {
    registerExternal(node, store, bodyText(request));
    return true;
  });
  route(app, "PUT", "/v1/catalog/deregister", (request) => {
    deregisterExternal(node, store, bodyText(request));
    return true;
  });
}
