import type { FastifyInstance, FastifyRequest } from "fastify";
import { queryOf } from "../../http/message/query.js";
import { filtered } from "../filter/filter.js";
import { checkExample } from "../filter/sample-entries.js";
import type { CheckEntry } from "../model.js";
import { checkView, sorted } from "../views.js";
import { onNodeWith } from "./node-meta.js";
import { type AgentState, nameIn, read } from "./route.js";

/** `/v1/health/checks/SERVICE`, `/v1/health/node/NODE` and `/v1/health/state/STATE`. */
export async function healthCheckRoutes(app: FastifyInstance, state: AgentState): Promise<void> {
  const { node, store } = state;
  const viewOf = (request: FastifyRequest) => {
    const query = queryOf(request);
    const [onNode, keep] = [onNodeWith(query, store), filtered(query, checkExample)];
    return (checks: readonly CheckEntry[]) =>
      sorted(checks.filter(onNode))
        .map((check) => checkView(node, store, check))
        .filter(keep);
  };
  read(app, state, "/v1/health/checks/*", (request) => {
    const name = nameIn(request, "Missing service name");
    const view = viewOf(request);
    const checks = () =>
      [...(store.names.get(name)?.values() ?? [])].flatMap((entry) => [...entry.checks.values()]);
    return { topic: `service:${name}`, body: () => view(checks()) };
  });
  read(app, state, "/v1/health/node/*", (request) => {
    const name = nameIn(request, "Missing node name");
    const keep = filtered(queryOf(request), checkExample);
    const view = (checks: readonly CheckEntry[]) =>
      sorted(checks)
        .map((check) => checkView(node, store, check))
        .filter(keep);
    const checks = () => [...store.checks.values()].filter((check) => (check.node ?? node.name) === name);
    return { topic: "checks", body: () => view(checks()) };
  });
  read(app, state, "/v1/health/state/*", (request) => {
    const wanted = nameIn(request, "Missing check state");
    const view = viewOf(request);
    const matching = () =>
      [...store.checks.values()].filter(({ status }) => wanted === "any" || status === wanted);
    return { topic: "checks", body: () => view(matching()) };
  });
}
