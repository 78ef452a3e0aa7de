import type { Metadata } from "../core/service.js";
import type { Exchange } from "../http/exchange.js";
import { metadataOf } from "../http/metadata.js";
import type { RequestHead } from "../http/request-head.js";

const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const uuid = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;

/** What the gateway itself says of a request: where it came from, its id and its trace. */
export function edgeHeaders(head: RequestHead, exchange: Exchange): Metadata {
  return addEdgeHeaders({}, head, exchange);
}

/** The metadata of a call: the client's headers, and ours over them. */
export function callMetadata(head: RequestHead, exchange: Exchange): Metadata {
  return addEdgeHeaders(metadataOf(head, { authorization: !exchange.credentials }), head, exchange);
}

function addEdgeHeaders(
  metadata: Record<string, string>,
  { headers, socket }: RequestHead,
  exchange: Exchange,
): Metadata {
  const given = headers.traceparent;
  metadata["X-Forwarded-For"] = exchange.client;
  metadata["X-Forwarded-Host"] = headers.host ?? String(headers[":authority"] ?? "");
  metadata["X-Forwarded-Proto"] = "encrypted" in socket && socket.encrypted ? "https" : "http";
  metadata["X-Request-Id"] = exchange.id;
  metadata.Traceparent = typeof given === "string" && traceparent.test(given) ? given : newTrace(exchange.id);
  return metadata;
}

/** A trace of its own for a request that belongs to none; an id that is a UUID names it. */
function newTrace(id: string): string {
  const [, a, b, c, d, e] = uuid.exec(id) ?? uuid.exec(crypto.randomUUID()) ?? [];
  return `00-${a}${b}${c}${d}${e}-${a}${b}${c}-00`;
}
