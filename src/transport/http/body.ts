import type { IncomingMessage } from "node:http";
import { nodeLost } from "../../core/errors.js";
import { overLimit } from "./admission.js";
import { maxBody } from "./limits.js";

/** The whole body of a request. @throws {MicroError} 413 over the limit, 503 when the caller leaves before its end. */
export function readBody(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBody) reject(overLimit());
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => {
      if (!request.complete) reject(nodeLost("go.micro.server", "read request: caller left"));
    });
  });
}
