import type { IncomingMessage } from "node:http";
import { type MicroError, nodeLost } from "../../core/errors.js";
import { emptyBody } from "../../core/message.js";
import { overLimit } from "./admission.js";
import { maxBody } from "./limits.js";

/**
 * Gives the whole body of a request, once it is there; or a `MicroError`: 413 over the limit, 503 when the caller leaves
 * before its end. By callback, for each promise of a call costs about a microsecond while contexts are followed.
 */
export function onBody(
  request: IncomingMessage,
  done: (error: MicroError | undefined, body: Uint8Array) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = false;
  const settle = (error: MicroError | undefined, body: Uint8Array) => {
    if (over) return;
    over = true;
    done(error, body);
  };
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBody) settle(overLimit(), emptyBody);
    else chunks.push(chunk);
  });
  request.on("end", () =>
    settle(undefined, chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
  );
  request.on("error", () => {});
  request.on("close", () => {
    if (!over) settle(nodeLost("go.micro.server", "read request: caller left"), emptyBody);
  });
}

/** @throws {MicroError} 413 over the limit, 503 when the caller leaves before the end. */
export function readBody(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    onBody(request, (error, body) => (error ? reject(error) : resolve(body)));
  });
}
