import type { IncomingMessage } from "node:http";
import { badRequest } from "../../core/errors.js";
import { headersTooLarge } from "../../transport/http/server/parser-error.js";

/**
 * Converts the head of an HTTP/2 request to that of HTTP/1.1: `Host` from `:authority`, a single `Cookie`, no pseudo
 * headers among the raw headers. Source: RFC 9113, 8.2.3 and 8.3.1.
 * @throws {MicroError} 400 when `Host` differs from `:authority`. 431 over `limit` bytes, counted as in HTTP/1.1: the
 * limit in SETTINGS is not enough, because some clients ignore it.
 */
export function asHttp1(request: IncomingMessage, id: string, limit: number): void {
  const { headers, rawHeaders } = request;
  if (sizeOf(rawHeaders) > limit) throw headersTooLarge(id);
  const authority = headers[":authority"];
  if (typeof authority === "string") {
    if (headers.host !== undefined && headers.host !== authority)
      throw badRequest(id, "header Host: not the :authority");
    headers.host = authority;
  }
  const raw = headers.host === undefined ? [] : ["host", headers.host];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (!name.startsWith(":") && name !== "host" && name !== "cookie")
      raw.push(name, rawHeaders[i + 1] ?? "");
  }
  if (headers.cookie !== undefined) raw.push("cookie", headers.cookie);
  rawHeaders.splice(0, rawHeaders.length, ...raw);
}

function sizeOf(rawHeaders: readonly string[]): number {
  let size = 0;
  for (const text of rawHeaders) size += text.length + 2;
  return size;
}
