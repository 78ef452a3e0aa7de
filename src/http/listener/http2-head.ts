import type { IncomingMessage } from "node:http";
import { badRequest } from "../../core/errors.js";
import { headersTooLarge } from "../../transport/http/server/parser-error.js";

/**
 * Gives the head of an HTTP/2 request the form of HTTP/1.1, which everything behind reads: `Host` from `:authority`, one
 * `Cookie`, no pseudo headers among the raw ones. Source: RFC 9113, 8.2.3 and 8.3.1.
 * @throws {MicroError} 400 when `Host` names another authority; 431 over `limit` bytes, counted as HTTP/1.1 would send
 * them: the limit in SETTINGS holds for what a client sends after it has read them, and some never look.
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
