import type { IncomingMessage, ServerResponse } from "node:http";
import { MicroError } from "../core/errors.js";
import { canonicalName } from "../core/metadata.js";
import { sendCompressed } from "../http/compress.js";
import type { ApiResponse, Pair } from "./messages.js";

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What a message cannot set: the connection is ours. */
const dropped =
  /^(Connection|Content-Length|Keep-Alive|Proxy-Connection|Te|Trailer|Transfer-Encoding|Upgrade|X-Micro-.*|Micro-.*)$/;

/**
 * Writes what a service answered: 200 where it set no status, JSON where it set no content type. A header that HTTP
 * cannot carry is left out.
 * @throws {MicroError} 502 for a status that HTTP does not have.
 */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: ApiResponse,
): Promise<void> {
  const status = answer.statusCode || 200;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new MicroError("go.micro.api", 502, `api.Response: statusCode ${status}`);
  response.setHeader("Content-Type", "application/json");
  for (const pair of answer.header) setHeader(response, pair);
  response.statusCode = status;
  if (status === 204 || status === 304) response.end();
  else await sendCompressed(request, response, answer.body);
}

function setHeader(response: ServerResponse, { key, values }: Pair): void {
  const name = canonicalName(key);
  if (!token.test(key) || dropped.test(name) || values.length === 0) return;
  const bytes = values.map((value) => Buffer.from(value).toString("latin1"));
  if (bytes.some((value) => /[^\t\x20-\x7e\x80-\xff]/.test(value))) return;
  response.setHeader(name, bytes.length === 1 ? (bytes[0] ?? "") : bytes);
}
