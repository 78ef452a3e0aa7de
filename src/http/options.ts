import type { Log } from "../core/log/log.js";
import type { Plugin } from "../plugins/index.js";
import type { TokenSource } from "./admission/token.js";
import type { Limits } from "./limits.js";
import type { TlsFiles } from "./listener/tls.js";
import type { RequestHead } from "./message/request-head.js";
import type { RequestHandler } from "./request-handler.js";

/** How a program listens: what the sidecar, the api, the web and the agent have in common. */
export interface HttpOptions {
  /** Names the program in errors, as `go.micro.api`. */
  readonly name: string;
  /** `host:port`, or `unix:/path`. An empty host is every interface. */
  readonly address: string;
  readonly tls?: TlsFiles;
  /** Demanded on every route but `/health/live` and `publicPaths`. */
  readonly token?: TokenSource;
  /** Further headers that may carry the token, in lower case. */
  readonly tokenHeaders?: readonly string[];
  /** Lets a request pass that carries no token: a session of the web, say. */
  readonly authenticate?: (head: RequestHead) => boolean;
  /** Exact paths that need no token. */
  readonly publicPaths?: readonly string[];
  /** Listens beyond this machine without a token. */
  readonly insecure?: boolean;
  /** Made for clients elsewhere: no token is needed there, but `/metrics` is shown only with `stats`. */
  readonly public?: boolean;
  /** Origins whose pages may call; none by default. */
  readonly cors?: readonly string[];
  /** Further names that the listener answers to, with or without port. */
  readonly allowedHosts?: readonly string[];
  /** Proxies (addresses, CIDR blocks) whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[];
  /** Requests that one client may make in a second; no limit by default. */
  readonly requestsPerSecond?: number;
  readonly limits?: Partial<Limits>;
  /** Shows `/stats`. */
  readonly stats?: boolean;
  /** Takes requests before the router. */
  readonly requestHandler?: RequestHandler;
  /** Reads plain requests to what carries load without Node's own parser. Default true; with TLS never. */
  readonly fastFront?: boolean;
  /** Lets escaped slashes of a path through to the router, whose parameters are then decoded. */
  readonly escapedSlashes?: boolean;
  /** Says what keeps the program from being ready, if anything does. */
  readonly ready?: () => string | undefined;
  /** Plugins, whose hooks and routes come before those of the program. */
  readonly plugins?: readonly Pick<Plugin, "http">[];
  readonly log?: Log;
}
