import type { HttpOptions } from "../http/server.js";
import type { TerminalOptions } from "./routes/terminal-routes.js";

export interface WebOptions extends Partial<HttpOptions> {
  /** Services of this namespace are web apps. Default `go.micro.web`. */
  readonly namespace?: string;
  /** Allows changes. Requires a token, and serves apps from a separate origin. Default false. */
  readonly admin?: boolean;
  /** `host:port` of the apps' origin under `admin`. Default: a free port of the dashboard's host. */
  readonly appsAddress?: string;
  /** Shows a warning that certificates of services are not verified (`--tls_insecure`). */
  readonly unverified?: boolean;
  /** Milliseconds for which a proxied response or WebSocket may be idle. Default 120 seconds. */
  readonly proxyIdleTimeout?: number | undefined;
  /** Milliseconds for a whole proxied upload. Default: no limit. */
  readonly proxyUploadTimeout?: number | undefined;
  readonly terminal?: TerminalOptions;
}
