import type { FastifyInstance, FastifyReply } from "fastify";
import type { ServiceEntry, Status } from "../model.js";
import { agentCheckView, agentServiceView, sorted, worst } from "../views.js";
import { type AgentState, nameIn, route } from "./route.js";

/** Source: Consul's local service health: the status code says it to load balancers. */
const codes: Readonly<Record<Status, number>> = { passing: 200, warning: 429, critical: 503 };

/** `/v1/agent/health/service/id/…` and `…/name/…`. */
export async function agentHealthRoutes(app: FastifyInstance, { node, store }: AgentState): Promise<void> {
  const health = (service: ServiceEntry) => ({
    AggregatedStatus: statusOf(service),
    Service: agentServiceView(service),
    Checks: sorted(service.checks.values()).map((check) => agentCheckView(node, store, check)),
  });
  route(app, "GET", "/v1/agent/health/service/id/*", (request, reply) => {
    const service = store.services.get(nameIn(request, "Missing serviceID"));
    if (service) {
      say(reply, statusOf(service));
      return health(service);
    }
    reply.code(404);
    return { AggregatedStatus: "critical", Service: null, Checks: null };
  });
  route(app, "GET", "/v1/agent/health/service/name/*", (request, reply) => {
    const services = sorted(store.names.get(nameIn(request, "Missing service Name"))?.values() ?? []);
    if (services.length === 0) reply.code(404);
    else say(reply, worst(services.map(statusOf)));
    return services.map(health);
  });
}

function say(reply: FastifyReply, status: Status): void {
  reply.code(codes[status]).header("X-Consul-Reason", status);
}

function statusOf(service: ServiceEntry): Status {
  return worst([...service.checks.values()].map(({ status }) => status));
}
