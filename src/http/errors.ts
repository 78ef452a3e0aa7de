import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { internal, MicroError, reasonPhrase } from "../core/errors.js";

/**
 * What the outside may know of an error: an error of ours as it is; of anything unexpected only that it happened,
 * and the request's id by which our log tells the rest.
 */
export function presentable(error: unknown, id: string, requestId: string): MicroError {
  const framework = fromFramework(error, id);
  if (framework) return framework;
  if (MicroError.is(error) && !(error.reason === "INTERNAL" && error.cause !== undefined)) return error;
  return internal(id, `internal error, request ${requestId}`);
}

/** The HTTP status of an error: its code, and 500 where that is no status. */
export function statusOf(error: MicroError): number {
  return Number.isInteger(error.code) && error.code >= 200 && error.code <= 599 ? error.code : 500;
}

/** Headers that go with an error of this kind. */
export function headersOf(error: MicroError): OutgoingHttpHeaders {
  if (error.code === 401) return { "WWW-Authenticate": "Bearer" };
  return error.code === 503 || error.code === 429 ? { "Retry-After": "1" } : {};
}

/** Answers `{id, code, detail, status}`; an answer that has begun is cut off instead. */
export function sendError(
  response: ServerResponse,
  error: MicroError,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(error));
  for (const [name, value] of Object.entries({ ...headersOf(error), ...headers }))
    if (value !== undefined) response.setHeader(name, value);
  response.setHeader("Content-Type", "application/json");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Length", body.length);
  response.statusCode = statusOf(error);
  response.end(body);
}

/** Answers an upgrade that was refused, and ends its socket. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: MicroError): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
  response.once("finish", () => socket.end());
  sendError(response, error);
}

/** Answers on a socket whose bytes were no request. */
export function refuseSocket(socket: Duplex, error: MicroError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(error);
  const code = statusOf(error);
  const extra = Object.entries(headersOf(error)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${code} ${reasonPhrase(code)}\r\n${extra.join("")}Content-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** What Node's parser found wrong with the bytes of a request. */
export function parserError(error: NodeJS.ErrnoException, id: string): MicroError {
  if (error.code === "HPE_HEADER_OVERFLOW")
    return new MicroError(id, 431, "request headers: over the limit", { reason: "TOO_LARGE" });
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new MicroError(id, 408, "request: not received in time", { reason: "TIMEOUT" });
  if (error.code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return new MicroError(id, 413, "chunk extensions: over the limit", { reason: "TOO_LARGE" });
  return new MicroError(id, 400, "request: not HTTP/1.1", { reason: "BAD_REQUEST" });
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
