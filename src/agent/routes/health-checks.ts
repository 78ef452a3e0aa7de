import type { FastifyInstance } from "fastify";
import type { CheckEntry } from "../model.js";
import { checkView, sorted } from "../views.js";
import { type AgentState, nameIn, read } from "./route.js";

/** `/v1/health/checks/SERVICE`, `/v1/health/node/NODE` and `/v1/health/state/STATE`. */
export async function healthCheckRoutes(app: FastifyInstance, state: AgentState): Promise<void> {
  const { node, store } = state;
  const view = (checks: Iterable<CheckEntry>) => sorted(checks).map((check) => checkView(node, store, check));
  read(app, state, "/v1/health/checks/*", (request) => {
    const name = nameIn(request, "Missing service name");
    const checks = () =>
      [...(store.names.get(name)?.values() ?? [])].flatMap((entry) => [...entry.checks.values()]);
    return { topic: `service:${name}`, body: () => view(checks()) };
  });
  read(app, state, "/v1/health/node/*", (request) => {
    const name = nameIn(request, "Missing node name");
    return { topic: "checks", body: () => (name === node.name ? view(store.checks.values()) : []) };
  });
  read(app, state, "/v1/health/state/*", (request) => {
    const wanted = nameIn(request, "Missing check state");
    const matching = () =>
      [...store.checks.values()].filter(({ status }) => wanted === "any" || status === wanted);
    return { topic: "checks", body: () => view(matching()) };
  });
}
