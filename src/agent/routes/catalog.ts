import type { FastifyInstance } from "fastify";
import type { ServiceEntry } from "../model.js";
import { catalogServiceView, healthServiceView, nodeView, sorted } from "../views.js";
import { type AgentState, nameIn, queryOf, read, route } from "./route.js";
import { tagged } from "./tags.js";

/** `/v1/catalog/…`: what is registered, whatever its health. */
export async function catalogRoutes(app: FastifyInstance, state: AgentState): Promise<void> {
  const { node, store } = state;
  route(app, "GET", "/v1/catalog/datacenters", () => [node.datacenter]);
  read(app, state, "/v1/catalog/services", (request) => ({
    topic: "services",
    // Our node has no metadata: asked for some, nothing matches.
    body: () => (queryOf(request)["node-meta"] === undefined ? tagsByName(store.names) : {}),
  }));
  read(app, state, "/v1/catalog/service/*", (request) => {
    const name = nameIn(request, "Missing service name");
    const matches = tagged(queryOf(request));
    return {
      topic: `service:${name}`,
      body: () =>
        sorted(store.names.get(name)?.values() ?? [])
          .filter(matches)
          .map((entry) => catalogServiceView(node, entry)),
    };
  });
  read(app, state, "/v1/catalog/nodes", (request) => ({
    topic: "node",
    body: () => (queryOf(request)["node-meta"] === undefined ? [nodeView(node)] : []),
  }));
  read(app, state, "/v1/catalog/node/*", (request) => {
    const name = nameIn(request, "Missing node name");
    const services = () =>
      Object.fromEntries(
        sorted(store.services.values()).map((entry) => [entry.id, healthServiceView(entry)]),
      );
    return {
      topic: "services",
      body: () => (name === node.name ? { Node: nodeView(node), Services: services() } : null),
    };
  });
}

/** Every name with the tags of all its instances, each once. */
function tagsByName(names: ReadonlyMap<string, ReadonlyMap<string, ServiceEntry>>) {
  const all = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    all.map(([name, instances]) => [name, [...new Set([...instances.values()].flatMap(({ tags }) => tags))]]),
  );
}
