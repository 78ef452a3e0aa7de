import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type AgentState, answer, blockingRead } from "./route.js";

/** What a real Consul has beyond service discovery, by the first part of its path. */
const parts: Readonly<Record<string, string>> = {
  acl: "access control",
  config: "configuration entries",
  connect: "Connect",
  coordinate: "network coordinates",
  "discovery-chain": "discovery chains",
  event: "user events",
  kv: "the key-value store",
  operator: "operator commands",
  query: "prepared queries",
  session: "sessions",
  snapshot: "snapshots",
  txn: "transactions",
};

/** What an agent of a cluster can be told or asked under `/v1/agent/`. */
const clusterPaths = [
  "connect",
  "force-leave",
  "host",
  "join",
  "leave",
  "metrics",
  "monitor",
  "reload",
  "token",
];

/**
 * Says by name what this agent does not have, so that nobody takes it for an empty answer of Consul. Reading a key is
 * the exception: there is none, and programs that watch for keys wait here as they would there.
 */
export async function unsupportedRoutes(app: FastifyInstance, state: AgentState): Promise<void> {
  app.get("/v1/kv/*", (request, reply) => answer(request, reply, () => readKey(request, reply, state)));
  app.route({
    method: ["PUT", "POST", "DELETE"],
    url: "/v1/kv/*",
    handler: (_request, reply) => refuse(reply, parts.kv ?? ""),
  });
  for (const part of clusterPaths)
    for (const url of [`/v1/agent/${part}`, `/v1/agent/${part}/*`])
      app.all(url, (_request, reply) => refuse(reply, `"${part}" of an agent in a cluster`));
  for (const [part, name] of Object.entries(parts))
    for (const url of part === "kv" ? [] : [`/v1/${part}`, `/v1/${part}/*`])
      app.all(url, (_request, reply) => refuse(reply, name));
}

/** The answer of Consul about a key that it does not have. */
async function readKey(request: FastifyRequest, reply: FastifyReply, state: AgentState): Promise<undefined> {
  await blockingRead(request, reply, state, { topic: "keys", body: () => undefined });
  reply.code(404).removeHeader("X-Consul-Effective-Consistency");
}

function refuse(reply: FastifyReply, name: string): FastifyReply {
  return reply
    .code(501)
    .header("Content-Type", "text/plain; charset=utf-8")
    .send(`not supported by micro agent: ${name}; use a real Consul for it`);
}
