import type { FastifyInstance } from "fastify";
import { badRequest } from "../../core/errors.js";
import { first, type Query, queryOf } from "../../http/message/query.js";
import { filtered } from "../filter/filter.js";
import { healthServiceExample } from "../filter/sample-entries.js";
import type { ServiceEntry } from "../model.js";
import { checkView, healthServiceView, nodeOf, nodeView, sorted } from "../views.js";
import { instancesOf } from "./instances.js";
import { type AgentState, nameIn, read } from "./route.js";

/** `/v1/health/service/NAME`: the instances of a service, each with its node and all checks that concern it. */
export async function healthServiceRoute(app: FastifyInstance, state: AgentState): Promise<void> {
  const { node, store } = state;
  const checksOf = (service: ServiceEntry) => [
    ...sorted(store.nodeChecks(service.node)),
    ...sorted(service.checks.values()),
  ];
  const passing = (service: ServiceEntry) => checksOf(service).every(({ status }) => status === "passing");
  read(app, state, "/v1/health/service/*", (request) => {
    const name = nameIn(request, "Missing service name");
    const query = queryOf(request);
    const instances = instancesOf(name, query, store);
    const keep = filtered(query, healthServiceExample);
    const passingOnly = readPassing(query);
    return {
      topic: `service:${name}`,
      body: () =>
        instances()
          .filter((service) => !passingOnly || passing(service))
          .map((service) => ({
            Node: nodeView(nodeOf(node, store, service)),
            Service: healthServiceView(service),
            Checks: checksOf(service).map((check) => checkView(node, store, check)),
          }))
          .filter(keep),
    };
  });
}

/** `?passing` without a value counts as true. Source: Consul, with the booleans of Go. */
function readPassing(query: Query): boolean {
  const value = first(query.passing);
  if (value === undefined) return false;
  if (/^(1|t|T|true|True|TRUE)?$/.test(value)) return true;
  if (/^(0|f|F|false|False|FALSE)$/.test(value)) return false;
  throw badRequest("go.micro.agent", "Invalid value for ?passing");
}
