import type { FastifyInstance } from "fastify";
import { type AgentState, route } from "./route.js";

/** The version of Consul that the answers conform to. Clients compare it. */
const version = "1.8.7";

/** `/v1/agent/self` and `/v1/agent/members`: this process is the whole cluster. */
export async function agentSelfRoutes(app: FastifyInstance, { node, store }: AgentState): Promise<void> {
  const member = {
    Name: node.name,
    Addr: node.address,
    Port: 0,
    Tags: { dc: node.datacenter, id: node.id, role: "micro-agent", build: `${version}:` },
    Status: 1,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
  const config = {
    Datacenter: node.datacenter,
    NodeName: node.name,
    NodeID: node.id,
    Revision: "micro-agent",
    Server: true,
    Version: version,
  };
  /** Groups of texts, as `consul info` prints them. */
  const stats = () => ({
    agent: { checks: String(store.checks.size), services: String(store.services.size) },
    build: { prerelease: "", revision: config.Revision, version },
    consul: { known_datacenters: "1", leader: "true", server: "true" },
  });
  route(app, "GET", "/v1/agent/self", () => ({ Config: config, Member: member, Meta: {}, Stats: stats() }));
  route(app, "GET", "/v1/agent/members", () => [member]);
}
