import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { badRequest, internal } from "../../core/errors.js";
import { bodyBytes, utf8 } from "../../http/body/body.js";
import { first, type Query, queryOf } from "../../http/message/query.js";
import { changed, readWait } from "../blocking.js";
import type { Checks } from "../checks.js";
import type { Topic } from "../indexes.js";
import type { Store } from "../store.js";
import type { AgentNode } from "../views.js";

/** State that all routes share. */
export interface AgentState {
  readonly node: AgentNode;
  readonly store: Store;
  readonly checks: Checks;
  /** Aborts when the agent stops. Blocking queries are then answered at once. */
  readonly stopping: AbortSignal;
}

export type AgentRoute = (request: FastifyRequest, reply: FastifyReply) => unknown;

const methods = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD"];

/** Adds a path for one method. Other methods get a 405 that names it. A `*` at the end is the name in the path. */
export function route(app: FastifyInstance, method: "GET" | "PUT", url: string, handler: AgentRoute): void {
  app.route({
    method,
    url,
    exposeHeadRoute: false,
    handler: (request, reply) => answer(request, reply, handler),
  });
  app.route({
    method: methods.filter((other) => other !== method),
    url,
    handler: (request, reply) =>
      reply
        .code(405)
        .headers({ Allow: `OPTIONS,${method}`, "Content-Type": "text/plain; charset=utf-8" })
        .send(`method ${request.method} not allowed`),
  });
}

/** Returns the name at the end of the path. @throws {MicroError} 400 with `missing` if it is empty. */
export function nameIn(request: FastifyRequest, missing: string): string {
  const name = (request.params as { readonly "*": string })["*"];
  if (name === "") throw badRequest("go.micro.agent", missing);
  return name;
}

/** Returns the body, which clients send with any content type, or none. */
export function bodyText(request: FastifyRequest): string {
  return utf8(bodyBytes(request), "go.micro.agent");
}

/** The body of a catalog read, and the topic whose index tells when it changes. */
export interface View {
  readonly topic: Topic;
  readonly body: () => unknown;
}

/** Adds a catalog read. It is answered with the index of its topic, at once or when that changes. */
export function read(
  app: FastifyInstance,
  state: AgentState,
  url: string,
  view: (request: FastifyRequest) => View,
): void {
  route(app, "GET", url, (request, reply) => blockingRead(request, reply, state, view(request)));
}

/** Waits as the query demands, and answers with the state at that time. */
export async function blockingRead(
  request: FastifyRequest,
  reply: FastifyReply,
  state: AgentState,
  { topic, body }: View,
): Promise<unknown> {
  const query = queryOf(request);
  const wait = readWait(query);
  checkQuery(query, state.node.datacenter);
  const { indexes } = state.store;
  if (wait.index > 0) await changed(indexes, topic, wait, AbortSignal.any([state.stopping, gone(reply)]));
  reply.headers({
    "X-Consul-Effective-Consistency": query.stale === undefined ? "leader" : "stale",
    "X-Consul-Index": String(indexes.of(topic)),
    "X-Consul-Knownleader": "true",
    "X-Consul-Lastcontact": "0",
  });
  return body();
}

/** Refuses queries that this agent cannot answer correctly. @throws {MicroError} 400 or 500 with Consul's text. */
function checkQuery(query: Query, datacenter: string): void {
  const dc = first(query.dc);
  if (dc && dc !== datacenter) throw internal("go.micro.agent", "No path to datacenter");
  if (query.stale !== undefined && query.consistent !== undefined)
    throw badRequest("go.micro.agent", "Cannot specify ?stale with ?consistent, conflicting semantics.");
}

/** Aborts when the client has left. */
function gone(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once("close", () => left.abort());
  return left.signal;
}

/** Sends what the handler returns as JSON. */
export async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  handler: AgentRoute,
): Promise<FastifyReply> {
  const body = await handler(request, reply);
  if (body === undefined) return reply.send();
  const pretty = queryOf(request).pretty !== undefined;
  reply.header("Content-Type", "application/json");
  // Bytes, because fastify would add a charset to the type of a text.
  return reply.send(Buffer.from(`${JSON.stringify(body, undefined, pretty ? 4 : undefined)}\n`));
}
