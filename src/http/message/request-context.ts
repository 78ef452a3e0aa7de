import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { CleanPath } from "./path.js";
import type { RequestHead } from "./request-head.js";

/** What admission found out about a request. */
export interface RequestContext {
  /** Names the request in logs and errors; the client's own when it is well formed. */
  readonly id: string;
  readonly path: CleanPath;
  /** IP address of the client: of the socket, or what a trusted proxy says. */
  readonly client: string;
  /** A trusted proxy sent it: what that says of the client, of the public address and of the trace is believed. */
  readonly proxied: boolean;
  /** Clients are from elsewhere: they are not told where the registry is. */
  readonly strangers?: boolean;
  /** A link of another site's page led here. */
  readonly foreignLink?: boolean;
  /** `performance.now()` at arrival. */
  readonly started: number;
  /** `Authorization` held the listener's own token: it goes no further. */
  credentials?: boolean;
  /** What metrics and log call it: a route's pattern or a service; `other` until somebody knows. */
  label: string;
}

const contexts = new WeakMap<RequestHead, RequestContext>();

/** Keeps what admission found out, for the handlers of the request. */
export function rememberContext(request: IncomingMessage, context: RequestContext): void {
  contexts.set(request, context);
}

/** What admission found out; the bare minimum for a request that did not pass it, as tests inject. */
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

/** The client's `X-Request-Id` when it is a plain word, else a new one. */
export function requestId(headers: IncomingHttpHeaders): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
