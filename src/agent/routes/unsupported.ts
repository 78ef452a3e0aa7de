import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type AgentState, answer, blockingRead } from "./route.js";

/** Features of Consul beyond service discovery, by the first segment of their path. */
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

/** Paths below `/v1/agent/` that only make sense in a cluster. */
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
 * Answers 501 with the name of an unsupported feature, so that nobody takes it for an empty answer. Reading a key is
 * the exception: there are no keys, and programs that watch one wait here as they would in Consul.
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

/** Answers as Consul does for an absent key. */
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
