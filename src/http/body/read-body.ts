import type { IncomingMessage } from "node:http";
import { badRequest, MicroError, tooLarge } from "../../core/errors.js";
import { systemClock } from "../../core/time/clock.js";
import { notReceived } from "../../transport/http/server/parser-error.js";

export interface BodyLimits {
  /** Maximum size in bytes. */
  readonly limit: number;
  /** Milliseconds for the whole body. */
  readonly timeout: number;
}

const none = Buffer.alloc(0);

/**
 * Reads the body of a request that bypasses the router.
 * @throws {MicroError} 413 over the limit, without reading if `Content-Length` says so. 408 out of time. 400 cut short.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits, id: string): Promise<Buffer> {
  const { headers } = request;
  const length = headers["content-length"];
  if (length === undefined && headers["transfer-encoding"] === undefined && request.httpVersionMajor !== 2)
    return Promise.resolve(none);
  if (length !== undefined && Number(length) > limits.limit)
    return Promise.reject(overLimit(id, limits.limit));
  if (isCompressed(headers["content-encoding"])) return Promise.reject(compressed(id));
  return collect(request, limits, id);
}

function collect(request: IncomingMessage, limits: BodyLimits, id: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const late = () => fail(notReceived(id, "request body"));
    const timer = systemClock.schedule(limits.timeout, late);
    const fail = (error: MicroError) => {
      timer.cancel();
      request.removeAllListeners("data");
      request.resume();
      reject(error);
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.limit) fail(overLimit(id, limits.limit));
      else chunks.push(chunk);
    });
    request.on("end", () => {
      timer.cancel();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.on("error", (cause) => fail(badRequest(id, "request body: cut short", { cause })));
  });
}

function overLimit(id: string, limit: number): MicroError {
  return tooLarge(id, `request body: over ${limit} bytes`);
}

function isCompressed(encoding: string | undefined): boolean {
  return encoding !== undefined && encoding !== "identity";
}

function compressed(id: string): MicroError {
  return new MicroError(id, 415, "header Content-Encoding: compressed bodies are not supported");
}
