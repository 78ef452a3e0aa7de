import type { FastifyInstance, FastifyReply } from "fastify";
import type { CallReport } from "../../client/client.js";
import { jsonMembers } from "../../codec/json/json-members.js";
import { MicroError } from "../../core/errors.js";
import { requireJson } from "../../http/admission/origin.js";
import { bodyBytes, jsonBody } from "../../http/body/body.js";
import { id, type WebContext } from "../context.js";
import { type QueryRequest, readQuery } from "./query-request.js";

/** `POST /query`: makes a call. Returns the response unchanged, and the report of the call in headers. */
export async function queryRoutes(app: FastifyInstance, parts: WebContext): Promise<void> {
  app.post("/query", async (request, reply) => {
    requireJson(request.headers, id);
    const query = readQuery(jsonBody(request, id), jsonMembers(bodyBytes(request)).get("request"));
    const answer = await call(parts, query, reply);
    return reply.type("application/json").send(Buffer.from(answer));
  });
}

async function call({ service }: WebContext, query: QueryRequest, reply: FastifyReply): Promise<Uint8Array> {
  const left = new AbortController();
  reply.raw.once("close", () => left.abort(new MicroError(id, 499, "the page left")));
  const started = performance.now();
  let reported = false;
  try {
    return await service.client.call<Uint8Array>(query.service, query.method, query.body, {
      raw: true,
      contentType: "application/json",
      timeout: query.timeout,
      metadata: query.metadata,
      signal: left.signal,
      ...(query.node !== undefined && { node: query.node }),
      onDone: (report) => {
        reported = true;
        writeReport(reply, report);
      },
    });
  } finally {
    if (!reported) reply.header("X-Micro-Duration", (performance.now() - started).toFixed(2));
  }
}

function writeReport(reply: FastifyReply, { node, version, attempts, duration }: CallReport): void {
  reply.header("X-Micro-Duration", duration.toFixed(2));
  reply.header("X-Micro-Attempts", String(attempts));
  reply.header("X-Micro-Version", encodeURIComponent(version));
  if (node) reply.header("X-Micro-Node", encodeURIComponent(node.id));
}
