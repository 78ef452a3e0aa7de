import type { FastifyInstance, FastifyReply } from "fastify";
import type { ServiceEntry } from "../model.js";
import { agentCheckView, agentServiceView, sorted, worst } from "../views.js";
import { type AgentState, nameIn, route } from "./route.js";

/** Status codes for load balancers. Source: Consul's local service health. */
const codes = { passing: 200, warning: 429, critical: 503, maintenance: 503 } as const;
type Health = keyof typeof codes;

/** `/v1/agent/health/service/id/…` and `…/name/…`. */
export async function agentHealthRoutes(app: FastifyInstance, { node, store }: AgentState): Promise<void> {
  const checksOf = (service: ServiceEntry) => [
    ...sorted(service.checks.values()),
    ...sorted(store.nodeChecks()).filter(({ probe }) => probe.type !== ""),
  ];
  const statusOf = (service: ServiceEntry): Health => {
    const all = checksOf(service);
    const maintained = all.some(({ probe }) => probe.type === "maintenance");
    return maintained ? "maintenance" : worst(all.map(({ status }) => status));
  };
  const health = (service: ServiceEntry) => ({
    AggregatedStatus: statusOf(service),
    Service: agentServiceView(service),
    Checks: checksOf(service).map((check) => agentCheckView(node, store, check)),
  });
  route(app, "GET", "/v1/agent/health/service/id/*", (request, reply) => {
    const service = store.services.get(nameIn(request, "Missing serviceID"));
    setCode(reply, service && statusOf(service));
    return service ? health(service) : { AggregatedStatus: "critical", Service: null, Checks: null };
  });
  route(app, "GET", "/v1/agent/health/service/name/*", (request, reply) => {
    const services = sorted(store.names.get(nameIn(request, "Missing service Name"))?.values() ?? []).filter(
      ({ node: elsewhere }) => elsewhere === undefined,
    );
    setCode(reply, worstHealth(services.map(statusOf)));
    return services.map(health);
  });
}

function worstHealth(all: readonly Health[]): Health | undefined {
  if (all.length === 0) return undefined;
  const statuses = all.filter((health) => health !== "maintenance");
  return statuses.length < all.length ? "maintenance" : worst(statuses);
}

function setCode(reply: FastifyReply, status: Health | undefined): void {
  reply.code(status ? codes[status] : 404).header("X-Consul-Reason", status ?? "not found");
}
