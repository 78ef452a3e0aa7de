import type { HttpOptions } from "../http/options.js";

/** How a path without a route of its own becomes a call: `api.Request` messages, or HTTP handed on. */
export type HandlerName = "api" | "proxy";

/** What `api` needs beyond what every listener does. */
export interface ApiOptions
  extends Omit<HttpOptions, "name" | "requestHandler" | "public" | "ready" | "authenticate"> {
  /** Default `go.micro.api`. */
  readonly namespace?: string;
  /** Default `api`. */
  readonly handler?: HandlerName;
  /** Globs of services that may be reached; all without any. */
  readonly allow?: readonly string[];
  /** Milliseconds for a call; a client's `Timeout` may shorten it. Default 5000. */
  readonly timeout?: number;
  /** Milliseconds for which a proxied answer or WebSocket may be silent. Default 120 seconds. */
  readonly proxyIdleTimeout?: number | undefined;
  /** Milliseconds for a whole proxied upload. Default: no limit. */
  readonly proxyUploadTimeout?: number | undefined;
  /** Processes that share the port, each a run of the same program; the first of them registers. Default 1: this one. */
  readonly workers?: number;
}
