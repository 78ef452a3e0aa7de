import type { HttpOptions } from "../http/options.js";

/** How a path without a route is served: by `api.Request` messages, or by relaying HTTP. */
export type HandlerName = "api" | "proxy";

/** Options of `api`, besides those of every listener. */
export interface ApiOptions
  extends Omit<HttpOptions, "name" | "requestHandler" | "public" | "ready" | "authenticate"> {
  /** Prefix of service names. Default `go.micro.api`. */
  readonly namespace?: string;
  /** Handler of paths without a route. Default `api`. */
  readonly handler?: HandlerName;
  /** Globs of services that may be reached. Default: all services. */
  readonly allow?: readonly string[];
  /** Milliseconds for a call. A client's `Timeout` header may shorten it. Default 5000. */
  readonly timeout?: number;
  /** Milliseconds for which a proxied response or WebSocket may be idle. Default 120 seconds. */
  readonly proxyIdleTimeout?: number | undefined;
  /** Milliseconds for a whole proxied upload. Default: no limit. */
  readonly proxyUploadTimeout?: number | undefined;
  /** Processes that share the port, each running the same program. The first one registers. Default 1: this process. */
  readonly workers?: number;
}
