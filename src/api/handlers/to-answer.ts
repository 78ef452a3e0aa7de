import { MicroError } from "../../core/errors.js";
import { canonicalName } from "../../core/metadata.js";
import type { Answer } from "../../http/message/answer.js";
import { compressed } from "../../http/message/compress.js";
import type { RequestHead } from "../../http/message/request-head.js";
import { checkHeader } from "../../http/message/write-head.js";
import type { ApiResponse, Pair } from "./messages.js";

/** Headers that a service cannot set. */
const dropped =
  /^(Connection|Content-Length|Keep-Alive|Proxy-Connection|Te|Trailer|Transfer-Encoding|Upgrade|X-Micro-.*|Micro-.*)$/;

/**
 * Converts the response of a service to an answer. The default status is 200, the default content type JSON. Header
 * values are sent as UTF-8.
 * @throws {MicroError} 502 for an invalid status, or a header that HTTP cannot carry.
 */
export function toAnswer(
  head: RequestHead,
  { statusCode, header, body }: ApiResponse,
): Answer | Promise<Answer> {
  const status = statusCode || 200;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new MicroError("go.micro.api", 502, `api.Response: statusCode ${status}`);
  const byName = new Map<string, readonly string[]>([["Content-Type", ["application/json"]]]);
  for (const pair of header) setHeader(byName, pair);
  const headers: string[] = [];
  for (const [name, values] of byName) for (const value of values) headers.push(name, value);
  if (status === 204 || status === 304) return { status, headers };
  return compressed(head, { status, headers, body });
}

function setHeader(headers: Map<string, readonly string[]>, { key, values }: Pair): void {
  const name = canonicalName(key);
  if (dropped.test(name) || values.length === 0) return;
  const bytes = values.map((value) => Buffer.from(value).toString("latin1"));
  for (const value of bytes) checkHeader(key, value);
  headers.set(name, bytes);
}
