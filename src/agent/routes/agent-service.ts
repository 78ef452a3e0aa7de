import type { FastifyInstance } from "fastify";
import { internal, notFound } from "../../core/errors.js";
import { queryOf } from "../../http/message/query.js";
import { filtered } from "../filter/filter.js";
import { agentServiceExample } from "../filter/sample-entries.js";
import type { ServiceEntry } from "../model.js";
import { readRegistration } from "../service-definition.js";
import { agentServiceView, sorted } from "../views.js";
import { type AgentState, bodyText, nameIn, route } from "./route.js";

/** `/v1/agent/services` and `/v1/agent/service/…`: registers services, and lists what is registered here. */
export async function agentServiceRoutes(app: FastifyInstance, { store, checks }: AgentState): Promise<void> {
  route(app, "GET", "/v1/agent/services", (request) => {
    const keep = filtered(queryOf(request), agentServiceExample);
    const own = sorted([...store.services.values()].filter(({ node }) => node === undefined));
    return Object.fromEntries(
      own
        .map(agentServiceView)
        .filter(keep)
        .map((service) => [service.ID, service]),
    );
  });
  route(app, "PUT", "/v1/agent/service/register", (request) => {
    const { service, checks: given } = readRegistration(bodyText(request));
    store.putService(service);
    for (const check of given) checks.add(check);
    if (queryOf(request)["replace-existing-checks"] === undefined) return;
    const kept = new Set(given.map(({ id }) => id));
    for (const id of [...checksOf(store.services.get(service.id))]) if (!kept.has(id)) checks.remove(id);
  });
  route(app, "PUT", "/v1/agent/service/deregister/*", (request) => {
    const id = (request.params as { readonly "*": string })["*"];
    if (id === "") throw internal("go.micro.agent", "ServiceID missing");
    checks.removeService(id);
  });
  route(app, "GET", "/v1/agent/service/*", (request) => {
    const id = nameIn(request, "Missing service id");
    const entry = store.services.get(id);
    if (!entry) throw notFound("go.micro.agent", `unknown service ID: ${id}`);
    return agentServiceView(entry);
  });
}

function checksOf(entry: ServiceEntry | undefined): Iterable<string> {
  return entry?.checks.keys() ?? [];
}
