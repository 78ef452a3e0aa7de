import type { IncomingMessage } from "node:http";
import { type MicroError, nodeLost } from "../../../core/errors.js";
import { emptyBody } from "../../../core/message.js";
import { maxBody } from "../wire/limits.js";
import { bodyTooLarge } from "./check-request.js";

type Done = (error: MicroError | undefined, body: Uint8Array) => void;

/**
 * The body of a request if it has arrived completely, as nearly all have. Saves the listeners of `onBody`, 1.2 µs.
 */
export function receivedBody(request: IncomingMessage, limit = maxBody): Uint8Array | undefined {
  if (!request.complete || request.destroyed || request.readableLength > limit) return undefined;
  const body: unknown = request.read();
  return body instanceof Uint8Array ? body : emptyBody;
}

/**
 * Calls back with the body of a request once it is complete, or with a `MicroError`: 413 over the limit, 503 if the
 * caller disconnects first. A callback, because a promise costs about 1 µs per call when `AsyncLocalStorage` is in use.
 */
export function onBody(request: IncomingMessage, done: Done, limit = maxBody): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = false;
  const settle: Done = (error, body) => {
    if (over) return;
    over = true;
    done(error, body);
  };
  const left = () => settle(nodeLost("go.micro.server", "read request: caller left"), emptyBody);
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) settle(bodyTooLarge(limit), emptyBody);
    else chunks.push(chunk);
  });
  request.on("end", () => settle(undefined, Buffer.concat(chunks)));
  request.on("error", () => {});
  request.on("close", left);
  if (request.closed) left();
}

/** Reads the body of a request. @throws {MicroError} 413 over the limit, 503 if the caller disconnects first. */
export async function readBody(request: IncomingMessage, limit = maxBody): Promise<Uint8Array> {
  const body = receivedBody(request, limit);
  if (body) return body;
  return new Promise((resolve, reject) => {
    onBody(request, (error, body) => (error ? reject(error) : resolve(body)), limit);
  });
}
