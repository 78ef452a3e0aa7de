import { MicroError } from "../../core/errors.js";
import { memoByName } from "../../core/metadata.js";
import type { Metadata } from "../../core/service.js";
import { isOtherCoding } from "../../transport/http/wire/unsupported.js";
import type { RequestHead } from "../message/request-head.js";
import {
  connectionNames,
  isTraceHeader,
  isUntrustedHeader,
  nameAsRead,
} from "../message/untrusted-headers.js";

/** Request headers that are not relayed: hop-by-hop headers, and those that only the relay may set. */
const dropped =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|expect|host|http2-settings|timeout|:.*)$/i;
const hop =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|proxy-authenticate|http2-settings)$/i;

export interface RelayedHeaders {
  readonly host: string;
  /** Headers that replace the client's. Canonical names. */
  readonly added: Metadata;
  /** True if `Authorization` held the listener's own token, which must not be passed on. */
  readonly credentials: boolean | undefined;
}

/**
 * The headers of a relayed request, alternating names and values, in the client's order. Hop-by-hop headers are
 * dropped, including those that `Connection` lists, and `added` is appended.
 */
export function relayedRequest(head: RequestHead, { host, added, credentials }: RelayedHeaders): string[] {
  const named = connectionNames(head.headers.connection, nameAsRead);
  const headers = ["Host", host];
  const { rawHeaders } = head;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const canonical = passing(name);
    if (canonical === "" || added[canonical] !== undefined || named?.has(canonical)) continue;
    if (credentials && canonical === "Authorization") continue;
    headers.push(name, rawHeaders[i + 1] ?? "");
  }
  for (const name in added) headers.push(name, added[name] ?? "");
  return headers;
}

/** The canonical name of a header. Empty for one that is dropped. */
const passing = memoByName((sent) => {
  const name = nameAsRead(sent);
  return dropped.test(name) || isUntrustedHeader(sent) || isTraceHeader(sent) ? "" : name;
});

/**
 * Checks how the body of a relayed response is coded: `Transfer-Encoding` is not passed on.
 * @throws {MicroError} 502 for a coding besides chunked, in which the client would get the body without being told.
 */
export function requireChunked(raw: readonly (Buffer | string)[]): void {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length !== 17 || latin1(raw[i]).toLowerCase() !== "transfer-encoding") continue;
    const coding = latin1(raw[i + 1]);
    if (isOtherCoding(coding) && coding.toLowerCase() !== "identity")
      throw new MicroError("go.micro.relay", 502, "answer: in a transfer coding besides chunked");
  }
}

/** The headers of a relayed response, alternating names and values, without hop-by-hop headers. */
export function relayedAnswer(raw: readonly (Buffer | string)[]): string[] {
  const headers: string[] = [];
  let connection = "";
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = latin1(raw[i]);
    const value = latin1(raw[i + 1]);
    if (name.length === 10 && name.toLowerCase() === "connection") connection += `,${value}`;
    if (!hop.test(name)) headers.push(name, value);
  }
  const named = connectionNames(connection.slice(1), nameAsRead);
  return named ? headers.filter((_, i) => !named.has(nameAsRead(headers[i - (i % 2)] ?? ""))) : headers;
}

function latin1(part: Buffer | string | undefined): string {
  return typeof part === "string" ? part : (part?.toString("latin1") ?? "");
}
