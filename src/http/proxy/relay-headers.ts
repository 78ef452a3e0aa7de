import type { Metadata } from "../../core/service.js";
import { isOnlyOurs, isTrace, nameAsRead } from "../message/only-ours.js";
import type { RequestHead } from "../message/request-head.js";

/** Headers of one hop, and what only the program in between may say. */
const dropped =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|expect|host|http2-settings|timeout|:.*)$/i;
const hop =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|proxy-authenticate|http2-settings)$/i;

export interface RelayedHeaders {
  readonly host: string;
  /** Headers of ours, put over the client's; canonical names. */
  readonly added: Metadata;
  /** `Authorization` held the listener's own token: it goes no further. */
  readonly credentials: boolean | undefined;
}

/**
 * The headers of a relayed request, name after value, in the client's order: first what belongs to the hop is
 * dropped, with all that `Connection` names, then ours are added.
 */
export function relayedRequest(head: RequestHead, { host, added, credentials }: RelayedHeaders): string[] {
  const named = connectionNames(head.headers.connection);
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

/** Names as they were sent, and as they are read; empty for those that are dropped. */
const known = new Map<string, string>();
/** Bound of the memo: names come from the network. */
const memoised = 1000;

function passing(sent: string): string {
  const found = known.get(sent);
  if (found !== undefined) return found;
  const name = nameAsRead(sent);
  const made = dropped.test(name) || isOnlyOurs(sent) || isTrace(sent) ? "" : name;
  if (known.size < memoised) known.set(sent, made);
  return made;
}

/** The headers of a relayed answer, name after value: the backend's, without those of the hop. */
export function relayedAnswer(raw: readonly (Buffer | string)[]): string[] {
  const headers: string[] = [];
  let connection = "";
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = latin1(raw[i]);
    const value = latin1(raw[i + 1]);
    if (name.length === 10 && name.toLowerCase() === "connection") connection += `,${value}`;
    if (!hop.test(name)) headers.push(name, value);
  }
  const named = connectionNames(connection.slice(1));
  return named ? headers.filter((_, i) => !named.has(nameAsRead(headers[i - (i % 2)] ?? ""))) : headers;
}

function latin1(part: Buffer | string | undefined): string {
  return typeof part === "string" ? part : (part?.toString("latin1") ?? "");
}

/** Headers that `Connection` names are of this hop alone. */
function connectionNames(connection: string | undefined): Set<string> | undefined {
  if (!connection || /^(keep-alive|close)$/i.test(connection)) return undefined;
  return new Set(connection.split(",").map((name) => nameAsRead(name.trim())));
}
