import type { IncomingMessage, ServerResponse } from "node:http";
import { notFound } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { ConcurrencyLimit } from "../../concurrency-limit.js";
import type { Inbound } from "../../transport.js";

const question: Message = {
  header: {
    "Content-Type": "application/json",
    "Micro-Method": "Debug.Health",
    "Micro-Endpoint": "Debug.Health",
  },
  body: Buffer.from("{}"),
};

/** Headers of calls. Needed to tell calls from probes, because Go services accept any HTTP method for a call. */
const callHeaders = ["content-type", "micro-method", "micro-endpoint", "x-micro-method", "x-micro-endpoint"];

/** True for a request of a browser or health probe: GET or HEAD without a body or headers of a call. */
export function isHealthProbe({ method, headers }: IncomingMessage, body: Uint8Array): boolean {
  if ((method !== "GET" && method !== "HEAD") || body.length > 0) return false;
  return !callHeaders.some((name) => name in headers);
}

/** Answers `/health/live` and `/health/ready` like the sidecar and the gateway do, and any other path with 404. */
export async function answerHealthProbe(
  { url = "", method }: IncomingMessage,
  response: ServerResponse,
  { limit, inbound }: { limit: ConcurrencyLimit; inbound: Inbound },
): Promise<void> {
  const path = url.replace(/\?.*$/s, "");
  if (path === "/health/live") return respond(response, method, 200, { status: "ok" });
  if (path !== "/health/ready") {
    const error = notFound("go.micro.server", "no such path: calls are POST", { reason: "METHOD_NOT_FOUND" });
    return respond(response, method, 404, error);
  }
  const status = limit.draining ? "draining" : await health(limit, inbound);
  respond(response, method, status === "ok" || status === "degraded" ? 200 : 503, { status });
}

/** Calls `Debug.Health`. Counts as a call, but has the reserve for `Debug` under overload. */
async function health(limit: ConcurrencyLimit, inbound: Inbound): Promise<string> {
  try {
    const { body } = await limit.call(question, inbound);
    const { status } = JSON.parse(Buffer.from(body).toString()) as { readonly status?: unknown };
    return typeof status === "string" ? status : "unknown";
  } catch {
    return "unknown";
  }
}

function respond(response: ServerResponse, method: string | undefined, code: number, value: object): void {
  if (response.destroyed) return;
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(code, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  response.end(method === "HEAD" ? undefined : body);
}
