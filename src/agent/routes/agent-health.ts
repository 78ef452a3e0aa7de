import type { FastifyInstance, FastifyReply } from "fastify";
import type { ServiceEntry, Status } from "../model.js";
import { agentCheckView, agentServiceView, sorted, worst } from "../views.js";
import { type AgentState, nameIn, route } from "./route.js";

/** Source: Consul's local service health: the status code says it to load balancers. */
const codes: Readonly<Record<Status, number>> = { passing: 200, warning: 429, critical: 503 };

/** `/v1/agent/health/service/id/…` and `…/name/…`. */
export async function agentHealthRoutes(app: FastifyInstance, { node, store }: AgentState): Promise<void> {
  const checksOf = (service: ServiceEntry) => [
    ...sorted(service.checks.values()),
    ...sorted(store.nodeChecks()).filter(({ probe }) => probe.type !== ""),
  ];
  const statusOf = (service: ServiceEntry) => worst(checksOf(service).map(({ status }) => status));
  const health = (service: ServiceEntry) => ({
    AggregatedStatus: statusOf(service),
    Service: agentServiceView(service),
    Checks: checksOf(service).map((check) => agentCheckView(node, store, check)),
  });
  route(app, "GET", "/v1/agent/health/service/id/*", (request, reply) => {
    const service = store.services.get(nameIn(request, "Missing serviceID"));
    say(reply, service && statusOf(service));
    return service ? health(service) : { AggregatedStatus: "critical", Service: null, Checks: null };
  });
  route(app, "GET", "/v1/agent/health/service/name/*", (request, reply) => {
    const services = sorted(store.names.get(nameIn(request, "Missing service Name"))?.values() ?? []);
    say(reply, services.length > 0 ? worst(services.map(statusOf)) : undefined);
    return services.map(health);
  });
}

function say(reply: FastifyReply, status: Status | undefined): void {
  reply.code(status ? codes[status] : 404).header("X-Consul-Reason", status ?? "not found");
}
