import type { Log } from "../core/log/log.js";
import type { Plugin } from "../plugins/index.js";
import type { TokenSource } from "./admission/token.js";
import type { Limits } from "./limits.js";
import type { TlsFiles } from "./listener/tls.js";
import type { RequestHead } from "./message/request-head.js";
import type { RequestHandler } from "./request-handler.js";

/** Options of a listener, shared by the sidecar, the gateway, the dashboard and the agent. */
export interface HttpOptions {
  /** Id of the program in errors, such as `go.micro.api`. */
  readonly name: string;
  /** `host:port`, or `unix:/path`. An empty host is every interface. */
  readonly address: string;
  readonly tls?: TlsFiles;
  /** Required on every route except `/health/live` and `publicPaths`. */
  readonly token?: TokenSource;
  /** Further headers that may carry the token, in lower case. */
  readonly tokenHeaders?: readonly string[];
  /** Accepts a request without a token, for example by a session of the dashboard. */
  readonly authenticate?: (head: RequestHead) => boolean;
  /** Exact paths that need no token. */
  readonly publicPaths?: readonly string[];
  /** Allows listening on other than loopback addresses without a token. */
  readonly insecure?: boolean;
  /** Made for external clients: needs no token on any address, but serves `/metrics` there only with `stats`. */
  readonly public?: boolean;
  /** Origins whose pages may call. Default: none. */
  readonly cors?: readonly string[];
  /** Further host names to accept, with or without port. */
  readonly allowedHosts?: readonly string[];
  /** Proxies (addresses, CIDR blocks) whose `X-Forwarded-*` headers are trusted. */
  readonly trustedProxies?: readonly string[];
  /** Requests per second that each client may make. Default: no limit. */
  readonly requestsPerSecond?: number;
  readonly limits?: Partial<Limits>;
  /** Returns the number of nodes that are out and have answered no call since, by service, for `/metrics`. */
  readonly nodesOut?: () => ReadonlyMap<string, number> | undefined;
  /** Serves `/stats`. */
  readonly stats?: boolean;
  /** Handles requests before the router. */
  readonly requestHandler?: RequestHandler;
  /** Parses plain requests to the hot routes without Node's parser. Default true. Never used with TLS. */
  readonly fastFront?: boolean;
  /** Passes escaped slashes of a path to the router, which decodes its parameters. */
  readonly escapedSlashes?: boolean;
  /** Returns why the program is not ready. Undefined if it is. */
  readonly ready?: () => string | undefined;
  /** Plugins. Their hooks and routes are added before those of the program. */
  readonly plugins?: readonly Pick<Plugin, "http">[];
  readonly log?: Log;
}
