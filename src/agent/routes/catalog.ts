import type { FastifyInstance, FastifyRequest } from "fastify";
import { queryOf } from "../../http/message/query.js";
import { filtered } from "../filter/filter.js";
import { catalogServiceExample, healthServiceExample, nodeExample } from "../filter/sample-entries.js";
import type { ServiceEntry } from "../model.js";
import { catalogServiceView, healthServiceView, nodeOf, nodeView, sorted } from "../views.js";
import { instancesOf } from "./instances.js";
import { onNodeWith } from "./node-meta.js";
import { type AgentState, nameIn, read, route, type View } from "./route.js";

/** `/v1/catalog/…`: what is registered, whatever its health. */
export async function catalogRoutes(app: FastifyInstance, state: AgentState): Promise<void> {
  route(app, "GET", "/v1/catalog/datacenters", () => [state.node.datacenter]);
  read(app, state, "/v1/catalog/services", (request) => servicesView(state, request));
  read(app, state, "/v1/catalog/service/*", (request) => serviceView(state, request));
  read(app, state, "/v1/catalog/nodes", (request) => nodesView(state, request));
  read(app, state, "/v1/catalog/node/*", (request) => oneNodeView(state, request));
}

/** Returns every service name with the distinct tags of its instances. Consul supports filters here since 1.15. */
function servicesView({ node, store }: AgentState, request: FastifyRequest): View {
  const query = queryOf(request);
  const onNode = onNodeWith(query, store);
  const keep = filtered(query, catalogServiceExample);
  const filters = query.filter !== undefined;
  const shown = (entry: ServiceEntry) =>
    onNode(entry) && (!filters || keep(catalogServiceView(nodeOf(node, store, entry), entry)));
  const all = () =>
    [...store.names]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, instances]) => ({ name, instances: [...instances.values()].filter(shown) }))
      .filter(({ instances }) => instances.length > 0)
      .map(({ name, instances }) => [name, [...new Set(instances.flatMap(({ tags }) => tags))]]);
  const ofNodes = filters || query["node-meta"] !== undefined;
  return { topic: ofNodes ? "instances" : "services", body: () => Object.fromEntries(all()) };
}

function serviceView({ node, store }: AgentState, request: FastifyRequest): View {
  const name = nameIn(request, "Missing service name");
  const query = queryOf(request);
  const instances = instancesOf(name, query, store);
  const keep = filtered(query, catalogServiceExample);
  return {
    topic: `service:${name}`,
    body: () =>
      instances()
        .map((entry) => catalogServiceView(nodeOf(node, store, entry), entry))
        .filter(keep),
  };
}

function nodesView({ node, store }: AgentState, request: FastifyRequest): View {
  const query = queryOf(request);
  const [onNode, keep] = [onNodeWith(query, store), filtered(query, nodeExample)];
  const all = () => [node, ...store.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    topic: "node",
    body: () =>
      all()
        .filter((listed) => onNode({ node: listed === node ? undefined : listed.name }))
        .map(nodeView)
        .filter(keep),
  };
}

function oneNodeView({ node, store }: AgentState, request: FastifyRequest): View {
  const name = nameIn(request, "Missing node name");
  const keep = filtered(queryOf(request), healthServiceExample.Service);
  const found = () => (name === node.name ? node : store.nodes.get(name));
  const services = () =>
    sorted(store.services.values())
      .filter((entry) => (entry.node ?? node.name) === name)
      .map(healthServiceView)
      .filter(keep);
  return {
    topic: "instances",
    body: () => {
      const one = found();
      if (!one) return null;
      return {
        Node: nodeView(one),
        Services: Object.fromEntries(services().map((service) => [service.ID, service])),
      };
    },
  };
}
