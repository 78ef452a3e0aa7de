import type { FastifyInstance, FastifyRequest } from "fastify";
import { badRequest, internal } from "../../core/errors.js";
import { first, queryOf } from "../../http/message/query.js";
import { readFields } from "../fields.js";
import { filtered } from "../filter/filter.js";
import { checkExample } from "../filter/sample-entries.js";
import type { Status } from "../model.js";
import { readCheckRegistration } from "../service-definition.js";
import { agentCheckView, sorted } from "../views.js";
import { type AgentState, bodyText, route } from "./route.js";

const reports = { pass: "passing", warn: "warning", fail: "critical" } as const;

/** `/v1/agent/checks` and `/v1/agent/check/…`: checks, and the reports of services. */
export async function agentCheckRoutes(
  app: FastifyInstance,
  { node, store, checks }: AgentState,
): Promise<void> {
  route(app, "GET", "/v1/agent/checks", (request) => {
    const keep = filtered(queryOf(request), checkExample);
    // The check of the node itself and those of other nodes belong to the catalog, not to the agent.
    const own = sorted([...store.checks.values()].filter(({ probe }) => probe.type !== ""));
    const views = own.map((check) => agentCheckView(node, store, check)).filter(keep);
    return Object.fromEntries(views.map((check) => [check.CheckID, check]));
  });
  route(app, "PUT", "/v1/agent/check/register", (request) => {
    const check = readCheckRegistration(bodyText(request));
    if (check.serviceId !== "" && !store.services.has(check.serviceId))
      throw internal("go.micro.agent", `ServiceID "${check.serviceId}" does not exist`);
    checks.add(check);
  });
  route(app, "PUT", "/v1/agent/check/deregister/*", (request) => {
    const id = checkIn(request);
    if (id === "") throw internal("go.micro.agent", "CheckID missing");
    checks.remove(id);
  });
  for (const [word, status] of Object.entries(reports))
    route(app, "PUT", `/v1/agent/check/${word}/*`, (request) =>
      checks.report(checkIn(request), status, first(queryOf(request).note) ?? ""),
    );
  route(app, "PUT", "/v1/agent/check/update/*", (request) => {
    const fields = readFields(bodyText(request));
    checks.report(checkIn(request), statusOf(fields.text("Status")), fields.text("Output"));
  });
}

function checkIn(request: FastifyRequest): string {
  return (request.params as { readonly "*": string })["*"];
}

function statusOf(text: string): Status {
  if (text === "passing" || text === "warning" || text === "critical") return text;
  throw badRequest("go.micro.agent", `Invalid check status: '${text}'`);
}
