import type { FastifyInstance, FastifyRequest } from "fastify";
import { badRequest, MicroError } from "../../core/errors.js";
import { parseJson } from "../../core/text/json.js";

/** Makes fastify pass bodies of every content type as bytes. Compressed bodies are refused. */
export function takeBodies(app: FastifyInstance, id: string): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (request, body, done) => {
    const encoding = request.headers["content-encoding"];
    if (encoding === undefined || encoding === "identity") done(null, body);
    else done(new MicroError(id, 415, `header Content-Encoding: "${encoding}" is not supported`));
  });
}

/** The bytes of the body. Empty for a request without one. */
export function bodyBytes(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** Parses the body as JSON, whatever its content type. @throws {MicroError} 400 when it is not JSON. */
export function jsonBody(request: FastifyRequest, id: string): unknown {
  return parseJson(utf8(bodyBytes(request), id));
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Decodes bytes as text. @throws {MicroError} 400 when they are not UTF-8. */
export function utf8(bytes: Uint8Array, id: string): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw notUtf8(id);
  }
}

export function notUtf8(id: string): MicroError {
  return badRequest(id, "request body: not UTF-8", { reason: "BAD_JSON" });
}
