import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { CleanPath } from "./path.js";
import type { RequestHead } from "./request-head.js";

/** What admission has determined about a request. */
export interface RequestContext {
  /** Request id, for logs and errors. The client's own if it is well formed. */
  readonly id: string;
  readonly path: CleanPath;
  /** IP address of the client: of the socket, or as reported by a trusted proxy. */
  readonly client: string;
  /** True if a trusted proxy sent it: its headers for client, public address and trace are believed. */
  readonly proxied: boolean;
  /** True if clients are external: errors must not reveal the registry's address. */
  readonly strangers?: boolean;
  /** True if it comes from a link on another site's page. */
  readonly foreignLink?: boolean;
  /** `performance.now()` at arrival. */
  readonly started: number;
  /** True if `Authorization` held the listener's own token, which must not be passed on. */
  credentials?: boolean;
  /** Its label in metrics and log: a route's pattern or a service. `other` until it is routed. */
  label: string;
}

const contexts = new WeakMap<RequestHead, RequestContext>();

/** Stores the context of an admitted request. */
export function rememberContext(request: IncomingMessage, context: RequestContext): void {
  contexts.set(request, context);
}

/** The context of a request. A minimal one if it did not pass admission, such as injected requests in tests. */
export function contextOf(request: RequestHead): RequestContext {
  const known = contexts.get(request);
  if (known) return known;
  const [path = "/", query] = (request.url ?? "/").split("?", 2);
  const context: RequestContext = {
    id: requestId(request.headers),
    path: { path, query: query === undefined ? "" : `?${query}` },
    client: request.socket?.remoteAddress ?? "127.0.0.1",
    proxied: false,
    started: performance.now(),
    label: "other",
  };
  contexts.set(request, context);
  return context;
}

/** The client's `X-Request-Id` if it is well formed, else a new one. */
export function requestId(headers: IncomingHttpHeaders): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
