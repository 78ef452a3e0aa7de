import { randomUUID } from "node:crypto";
import type { Metadata } from "../../core/service.js";
import { metadataOf } from "../message/metadata.js";
import type { RequestContext } from "../message/request-context.js";
import type { RequestHead } from "../message/request-head.js";

const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const uuid = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;
const hostForm = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const prefixForm = /^(?:\/[\w.~!$&'()*+,;=:@%-]+)+$/;

/** Headers that this listener adds to a request: origin, public address, request id and trace. */
export function edgeHeaders(head: RequestHead, context: RequestContext): Record<string, string> {
  return addEdgeHeaders({}, head, context);
}

/** The metadata of a call from outside: the client's headers, overridden by those of this listener. */
export function callMetadata(head: RequestHead, context: RequestContext): Metadata {
  const metadata = metadataOf(head, { authorization: !context.credentials, outside: true });
  return addEdgeHeaders(metadata, head, context);
}

/** The public address of a request, as its client used it. */
export interface PublicAddress {
  readonly proto: string;
  readonly host: string;
  /** Path prefix that trusted proxies removed. Usually empty. */
  readonly prefix: string;
}

/** The public address of a request: from a trusted proxy's headers, else from the request itself. */
export function publicAddress({ headers, socket }: RequestHead, { proxied }: RequestContext): PublicAddress {
  const proto = "encrypted" in socket && socket.encrypted ? "https" : "http";
  const host = headers.host ?? "";
  if (!proxied) return { proto, host, prefix: "" };
  return {
    proto: lastValid(headers["x-forwarded-proto"], /^https?$/i)?.toLowerCase() ?? proto,
    host: lastValid(headers["x-forwarded-host"], hostForm) ?? host,
    prefix: lastValid(headers["x-forwarded-prefix"], prefixForm) ?? "",
  };
}

/** The last value of a list header, which the nearest proxy has added. Undefined if it is malformed. */
function lastValid(value: string | string[] | undefined, form: RegExp): string | undefined {
  const last =
    String(value ?? "")
      .split(",")
      .at(-1)
      ?.trim() ?? "";
  return form.test(last) ? last : undefined;
}

function addEdgeHeaders(
  metadata: Record<string, string>,
  head: RequestHead,
  context: RequestContext,
): Record<string, string> {
  const { proto, host, prefix } = publicAddress(head, context);
  metadata["X-Forwarded-For"] = context.client;
  metadata["X-Forwarded-Host"] = host;
  metadata["X-Forwarded-Proto"] = proto;
  if (prefix !== "") metadata["X-Forwarded-Prefix"] = prefix;
  metadata["X-Request-Id"] = context.id;
  addTrace(metadata, head.headers, context);
  return metadata;
}

/** Continues the trace of a trusted proxy. Any other request starts a new trace. */
function addTrace(
  metadata: Record<string, string>,
  headers: RequestHead["headers"],
  context: RequestContext,
): void {
  const { traceparent: given, tracestate: state } = headers;
  if (context.proxied && typeof given === "string" && traceparent.test(given)) {
    metadata.Traceparent = given;
    if (typeof state === "string") metadata.Tracestate = state;
  } else metadata.Traceparent = newTrace(context.id, headers["x-request-id"] === context.id);
}

/** A new trace id is made from the digits of the request id, unless the client chose that. */
function newTrace(id: string, chosen: boolean): string {
  const [, a, b, c, d, e] = (chosen ? null : uuid.exec(id)) ?? uuid.exec(randomUUID()) ?? [];
  return `00-${a}${b}${c}${d}${e}-${a}${b}${c}-00`;
}
