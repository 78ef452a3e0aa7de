import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { internal, MicroError } from "../core/errors.js";
import { reasonPhrase } from "../core/reason-phrase.js";
import { pendingResponsesOn } from "../transport/http/server/pending-responses.js";
import type { RequestContext } from "./message/request-context.js";
import { cutOff } from "./message/write-head.js";

/**
 * The error to send to a client. A `MicroError` is sent as it is. An unexpected error becomes a 500 with the id of the
 * request, by which the log has the details.
 */
export function presentable(
  error: unknown,
  id: string,
  { id: requestId, strangers }: Pick<RequestContext, "id" | "strangers">,
): MicroError {
  const framework = fromFramework(error, id);
  if (framework) return framework;
  if (MicroError.is(error) && !(error.reason === "INTERNAL" && error.cause !== undefined))
    return strangers ? forStrangers(error) : error;
  return internal(id, `internal error, request ${requestId}`);
}

/** The error without the address and response of the registry, which external clients must not see. */
function forStrangers(error: MicroError): MicroError {
  const { id, code, reason, executed, cause } = error;
  if (id !== "go.micro.registry" || cause === undefined) return error;
  return new MicroError(id, code, "the registry is unavailable", {
    ...(reason && { reason }),
    ...(executed && { executed }),
    cause,
  });
}

/**
 * Statuses after which browsers repeat a request automatically, whatever its method. If the request may have run, these
 * are sent instead. Source: Chromium repeats after 408 and 421, and browsers with early data after 425.
 */
const repeated: Readonly<Record<number, number>> = { 408: 504, 421: 500, 425: 500 };

/** The HTTP status of an error: its code, unless clients would repeat the request, or it is not a valid status. */
export function statusOf(error: MicroError): number {
  const { code, executed, reason } = error;
  if (!Number.isInteger(code) || code < 200 || code > 599) return 500;
  const refusedHere = executed === "no" && reason !== "TIMEOUT";
  return refusedHere ? code : (repeated[code] ?? code);
}

/** Headers for an error. `Retry-After` is sent only if the request was certainly not executed. */
export function headersOf({ code, executed, reason }: MicroError): OutgoingHttpHeaders {
  if (code === 401) return { "WWW-Authenticate": "Bearer" };
  const unsent = executed === "no" || reason === "REGISTRY_UNREACHABLE";
  return unsent && (code === 503 || code === 429) ? { "Retry-After": "1" } : {};
}

/** Answers `{id, code, detail, status}`. A response that has already started is aborted instead. */
export function sendError(
  response: ServerResponse,
  error: MicroError,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent) {
    cutOff(response);
    return;
  }
  const body = Buffer.from(JSON.stringify(error));
  for (const [name, value] of Object.entries({ ...headersOf(error), ...headers }))
    if (value !== undefined) response.setHeader(name, value);
  response.setHeader("Content-Type", "application/json");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Length", body.length);
  response.writeHead(statusOf(error));
  response.end(body);
}

/** Answers a refused upgrade, and closes its socket. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: MicroError): void {
  sendError(responseOn(request, socket), error);
}

/** A plain response to an upgrade request. The connection closes with it. */
export function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
  response.once("finish", () => socket.end());
  return response;
}

/** Closes a socket after an invalid or late request. Sends the error, unless earlier responses are still pending. */
export function refuseSocket(socket: Duplex, error: MicroError): void {
  pendingResponsesOn(socket).end(socket, () => writeRefusal(socket, error));
}

function writeRefusal(socket: Duplex, error: MicroError): void {
  const body = JSON.stringify(error);
  const code = statusOf(error);
  const extra = Object.entries(headersOf(error)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${code} ${reasonPhrase(code)}\r\n${extra.join("")}Content-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const frameworkDetails: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "request body: over the limit",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "request body: not as long as its Content-Length",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "header Content-Type: not supported here",
  FST_ERR_BAD_URL: "request path: broken escape",
  FST_ERR_MAX_PARAM_LENGTH: "request path: an element is over the limit",
};

function fromFramework(error: unknown, id: string): MicroError | undefined {
  const { code, statusCode, message } = (error ?? {}) as {
    code?: unknown;
    statusCode?: unknown;
    message?: unknown;
  };
  if (MicroError.is(error) || typeof code !== "string" || !code.startsWith("FST_")) return undefined;
  if (typeof statusCode !== "number" || statusCode >= 500) return undefined;
  const detail = frameworkDetails[code] ?? String(message);
  return new MicroError(id, statusCode, detail, { reason: statusCode === 413 ? "TOO_LARGE" : "BAD_REQUEST" });
}
