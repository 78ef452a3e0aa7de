import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { badRequest, type MicroError } from "../../core/errors.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import { headersOf, presentable, statusOf } from "../errors.js";
import { drainRefusedBody } from "./refused-body.js";
import { contextOf } from "./request-context.js";
import { cutOff, hasLeft, writeHead } from "./write-head.js";

/** A complete response, which the fast front or Node's server can write. */
export interface Answer {
  readonly status: number;
  /** Alternating names and values, without `Content-Length`, which is added when the answer is written. */
  readonly headers: readonly string[];
  /** Undefined for a status without a body. */
  readonly body?: Uint8Array;
}

/** Redirects to a clean path. @throws {MicroError} 400 for a method that a client would change on a redirect. */
export function movedTo(location: string, method: string, id: string): Answer {
  if (method !== "GET" && method !== "HEAD") throw badRequest(id, "request path: not clean");
  return { status: 301, headers: ["Location", location, "Content-Length", "0"] };
}

/** Bodies up to this size are sent with the head in one write: a second write costs as much as parsing the request. */
const joined = 16 * 1024;

/**
 * Writes an answer through Node's response. Does nothing if the caller has disconnected. If a response has already
 * started, it is aborted. An answer that HTTP cannot carry becomes a 502.
 */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (hasLeft(response)) return;
  if (response.headersSent) {
    cutOff(response);
    return;
  }
  try {
    write(request, response, answer);
  } catch (error) {
    if (response.headersSent) cutOff(response);
    else write(request, response, errorAnswer(presentable(error, "go.micro.http", contextOf(request))));
  }
}

function write(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, headers } = answer;
  const body = status === 204 || status === 304 ? undefined : answer.body; // these statuses have no body
  drainRefusedBody(request, response);
  writeHead(response, status, body ? [...headers, "Content-Length", String(body.length)] : headers);
  if (!body) response.end();
  else if (body.length > joined) response.end(body);
  else response.end(asBuffer(body).toString("latin1"), "latin1");
}

/** The answer for an error: `{id, code, detail, status}`, with the headers of its kind and `headers`. */
export function errorAnswer(error: MicroError, headers: readonly string[] = []): Answer {
  return {
    status: statusOf(error),
    headers: [...flat(headersOf(error)), ...headers, ...errorHeaders],
    body: Buffer.from(JSON.stringify(error)),
  };
}

const errorHeaders = ["Content-Type", "application/json", "X-Content-Type-Options", "nosniff"];

function flat(headers: OutgoingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
}
