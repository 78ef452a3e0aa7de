import type { HttpOptions } from "../http/server.js";
import type { TerminalOptions } from "./routes/terminal-routes.js";

export interface WebOptions extends Partial<HttpOptions> {
  /** Services of this namespace are web apps. Default `go.micro.web`. */
  readonly namespace?: string;
  /** Lets the dashboard change things: it demands a token, and apps get an origin of their own. */
  readonly admin?: boolean;
  /** `host:port` of the apps under `admin`. Default: any free port beside the dashboard. */
  readonly appsAddress?: string;
  /** Says in red that certificates of services are not checked (`--tls_insecure`). */
  readonly unverified?: boolean;
  /** Milliseconds for which a proxied answer or WebSocket may be silent. Default 120 seconds. */
  readonly proxyIdleTimeout?: number | undefined;
  /** Milliseconds for a whole proxied upload. Default: no limit. */
  readonly proxyUploadTimeout?: number | undefined;
  readonly terminal?: TerminalOptions;
}
