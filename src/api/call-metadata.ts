import type { IncomingMessage } from "node:http";
import type { Metadata } from "../core/service.js";
import type { Exchange } from "../http/exchange.js";
import { metadataOf } from "../http/metadata.js";

const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What the gateway itself says of a request: where it came from, its id and its trace. */
export function edgeHeaders(request: IncomingMessage, exchange: Exchange): Metadata {
  const { headers, socket } = request;
  const host = headers.host ?? String(headers[":authority"] ?? "");
  const given = headers.traceparent;
  const continued = typeof given === "string" && traceparent.test(given);
  return {
    "X-Forwarded-For": exchange.client,
    "X-Forwarded-Host": host,
    "X-Forwarded-Proto": "encrypted" in socket && socket.encrypted ? "https" : "http",
    "X-Request-Id": exchange.id,
    Traceparent: continued ? given : newTrace(exchange.id),
  };
}

/** The metadata of a call: the client's headers, and ours over them. */
export function callMetadata(request: IncomingMessage, exchange: Exchange): Metadata {
  return Object.assign(metadataOf(request), edgeHeaders(request, exchange));
}

/** A trace of its own for a request that belongs to none; an id that is a UUID names it. */
function newTrace(id: string): string {
  const hex = id.replaceAll("-", "");
  const trace = /^[0-9a-f]{32}$/.test(hex) ? hex : crypto.randomUUID().replaceAll("-", "");
  return `00-${trace}-${trace.slice(0, 16)}-00`;
}
