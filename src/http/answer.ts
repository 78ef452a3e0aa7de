import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { MicroError } from "../core/errors.js";
import { headersOf, statusOf } from "./errors.js";
import { letRunOff } from "./refused-body.js";

/** An answer that is all there, for whichever front writes it. */
export interface Answer {
  readonly status: number;
  /** Name after value; the length of the body is added where it is written. */
  readonly headers: readonly string[];
  /** Nothing for a status that has none. */
  readonly body?: Uint8Array;
}

/** Bodies up to this size go out with their head in one write: a second one costs as much as the whole parse. */
const joined = 16 * 1024;

/** Writes an answer the way of Node: nothing when the caller has left, and one that has begun is cut off instead. */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (let i = 0; i + 1 < headers.length; i += 2)
    response.appendHeader(headers[i] ?? "", headers[i + 1] ?? "");
  if (body) response.setHeader("Content-Length", body.length);
  response.statusCode = status;
  letRunOff(request, response);
  if (!body) response.end();
  else if (body.length > joined) response.end(body);
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), "latin1");
}

/** `{id, code, detail, status}`, with what goes with an error of this kind and with `headers`. */
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
