import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Writable } from "node:stream";
import { MicroError } from "../../core/errors.js";

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const unwritable = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Writes the head of a response. Values are latin1: each character is sent as one byte. Always use this function: Node
 * has three ways to encode a head, one of which turns U+010A into a line break.
 * @throws {MicroError} 502 for a header or status that HTTP cannot carry. Nothing was written.
 */
export function writeHead(response: ServerResponse, status: number, headers: readonly string[]): void {
  for (let i = 0; i + 1 < headers.length; i += 2) checkHeader(headers[i] ?? "", headers[i + 1] ?? "");
  if (isHttp2(response)) writeHttp2Head(response, status, headers);
  else {
    for (let i = 0; i + 1 < headers.length; i += 2)
      response.appendHeader(headers[i] ?? "", headers[i + 1] ?? "");
    response.writeHead(status);
  }
}

/** @throws {MicroError} 502 for an invalid name, or a value that would break its line. */
export function checkHeader(name: string, value: string): void {
  if (token.test(name) && !unwritable.test(value)) return;
  throw new MicroError("go.micro.http", 502, `answer header ${JSON.stringify(name)}: HTTP cannot carry it`);
}

/** Sends the head before there is a body. On HTTP/1.1, Node's `flushHeaders` would encode it as UTF-8. */
export function flushHead(response: ServerResponse): void {
  if (isHttp2(response)) response.flushHeaders();
  else response.write(empty);
}

const empty = Buffer.alloc(0);

/** Aborts a response that has started, so that the client can tell that it is incomplete. */
export function cutOff(response: ServerResponse): void {
  if (isHttp2(response)) response.stream?.destroy(new Error("the answer was cut off"));
  else response.destroy();
}

/** True if the response is closed or its client has disconnected. Node's HTTP/2 response does not report that. */
export function hasLeft(response: Writable): boolean {
  return isHttp2(response) ? response.stream?.destroyed !== false : response.destroyed;
}

/** True for a closed, complete response. HTTP/2's `writableFinished` is also true for a cancelled one. */
export function wentOut(response: ServerResponse): boolean {
  if (isHttp2(response)) return response.writableEnded && response.stream?.aborted !== true;
  return response.writableFinished;
}

function isHttp2(response: Writable | Http2ServerResponse): response is Http2ServerResponse {
  return "stream" in response;
}

/** Hop-by-hop headers of HTTP/1.1. */
const hop = /^(?:connection|keep-alive|proxy-connection|te|transfer-encoding|upgrade|http2-settings)$/;
/** Headers with a single value, which Node sends only once over HTTP/2. Source: its `kSingleValueHeaders`. */
const single =
  /^(?:access-control-(?:allow-credentials|max-age|request-method)|age|authorization|content-(?:length|location|md5|range|type)|date|dnt|etag|expires|from|host|if-(?:match|modified-since|none-match|range|unmodified-since)|last-modified|location|max-forwards|proxy-authorization|range|referer|retry-after|tk|upgrade-insecure-requests|user-agent|x-content-type-options)$/;
/** List headers that Node also sends only once. */
const list = /^content-(?:encoding|language)$/;

function writeHttp2Head(response: Http2ServerResponse, status: number, headers: readonly string[]): void {
  if (status < 200 || status > 599) throw new MicroError("go.micro.http", 502, `answer status ${status}`);
  const byName = new Map<string, string[]>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? "").toLowerCase();
    if (hop.test(name)) continue;
    const values = byName.get(name) ?? present(response, name);
    values.push(headers[i + 1] ?? "");
    byName.set(name, values);
  }
  for (const [name, values] of byName) byName.set(name, asHttp2(name, values));
  for (const [name, values] of byName) response.setHeader(name, values);
  response.writeHead(status);
}

function present(response: Http2ServerResponse, name: string): string[] {
  const value: unknown = response.getHeader(name);
  return value === undefined ? [] : [value].flat().map(String);
}

/** @throws {MicroError} 502 for different values of a single-value header. */
function asHttp2(name: string, values: string[]): string[] {
  if (values.length < 2) return values;
  if (list.test(name)) return [values.join(", ")];
  if (!single.test(name)) return values;
  const [value = "", ...others] = new Set(values);
  if (others.length === 0) return [value];
  throw new MicroError("go.micro.http", 502, `answer header "${name}": sent with different values`);
}
