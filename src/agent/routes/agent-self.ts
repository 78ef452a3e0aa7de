import type { FastifyInstance } from "fastify";
import { type AgentState, route } from "./route.js";

/** The version of Consul whose answers these are; clients compare it. */
const version = "1.8.7";

/** `/v1/agent/self` and `/v1/agent/members`: this process is the whole cluster. */
export async function agentSelfRoutes(app: FastifyInstance, { node }: AgentState): Promise<void> {
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
  route(app, "GET", "/v1/agent/self", () => ({ Config: config, Member: member, Meta: {} }));
  route(app, "GET", "/v1/agent/members", () => [member]);
}
