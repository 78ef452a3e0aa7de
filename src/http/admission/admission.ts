import { badRequest, MicroError } from "../../core/errors.js";
import { formatAddress, type HostPort } from "../../core/net/address.js";
import { cleanPath } from "../message/path.js";
import { type RequestContext, requestId } from "../message/request-context.js";
import type { RequestHead } from "../message/request-head.js";
import type { HttpOptions } from "../options.js";
import { type Cors, cors } from "./cors.js";
import { type ClientAddress, clientAddress } from "./forwarded.js";
import { type HostRule, hostRule } from "./host.js";
import { type OriginRule, originRule } from "./origin.js";
import { RateLimit } from "./rate-limit.js";
import type { Token } from "./token.js";

/** The checks that every request and upgrade has to pass before routing. */
export class Admission {
  readonly cors: Cors;
  readonly #id: string;
  readonly #options: HttpOptions;
  readonly #maxUrl: number;
  readonly #token: Token | undefined;
  readonly #public: ReadonlySet<string>;
  readonly #origin: OriginRule;
  readonly #client: ClientAddress;
  readonly #rate: RateLimit | undefined;
  readonly #bound: () => HostPort | undefined;
  #host: HostRule | undefined;

  constructor(options: HttpOptions, parts: AdmissionParts) {
    this.#id = options.name;
    this.#options = options;
    this.#maxUrl = parts.maxUrl;
    this.#token = parts.token;
    this.#bound = parts.bound;
    this.#public = new Set(["/health/live", ...(options.publicPaths ?? [])]);
    this.cors = cors(options.cors ?? []);
    this.#origin = originRule(this.cors, !parts.openReads, options.name);
    this.#client = clientAddress(options.trustedProxies ?? [], options.name);
    const perSecond = options.requestsPerSecond;
    this.#rate = perSecond === undefined ? undefined : new RateLimit(perSecond, 1000);
  }

  /** Checks a request, and returns its context. @throws {MicroError} The error to answer with. */
  admit(request: RequestHead, upgrade: boolean): RequestContext {
    const { method = "", url = "", headers } = request;
    const id = this.#id;
    if (method === "TRACE" || method === "CONNECT")
      throw new MicroError(id, 405, `method ${method}: not allowed`);
    if (url.length > this.#maxUrl)
      throw new MicroError(id, 414, "request URL: over the limit", { reason: "TOO_LARGE" });
    const host = hostOf(request, id) ?? this.#ownHost();
    this.#host ??= hostRule(this.#bound(), this.#options.allowedHosts ?? [], id);
    this.#host.check(host);
    const foreignLink = this.#origin.check({ method, headers, host, upgrade });
    const context: RequestContext = {
      id: requestId(headers),
      // `OPTIONS *` addresses the server as a whole.
      path: cleanPath(method === "OPTIONS" && url === "*" ? "/" : url, id),
      client: this.#client.of(request),
      proxied: this.#client.isProxied(request),
      strangers: this.#options.public === true,
      started: performance.now(),
      foreignLink,
      label: "other",
    };
    this.#limit(context.client);
    if (this.#token && !this.isPreflight(request))
      this.#requireToken(this.#token, request, { context, upgrade });
    return context;
  }

  #ownHost(): string {
    const bound = this.#bound();
    return bound ? formatAddress(bound) : "localhost";
  }

  #limit(client: string): void {
    if (!this.#rate || this.#rate.take(client)) return;
    throw new MicroError(this.#id, 429, "too many requests", { executed: "no" });
  }

  /** True for a CORS preflight from an allowed origin. It carries no token, and is answered by the listener. */
  isPreflight({ method, headers }: RequestHead): boolean {
    const { origin, "access-control-request-method": asked } = headers;
    return method === "OPTIONS" && asked !== undefined && origin !== undefined && this.cors.allows(origin);
  }

  /** Requires a token or session. Public paths are exempt, but not their upgrades. */
  #requireToken(
    token: Token,
    request: RequestHead,
    { context, upgrade }: { readonly context: RequestContext; readonly upgrade: boolean },
  ): void {
    const { path, client } = context;
    if (!upgrade && path.redirect === undefined && this.#public.has(path.path)) return;
    if (this.#options.authenticate?.(request)) {
      context.credentials = token.isIn(request.headers);
      return;
    }
    token.check(request.headers, this.#options.tokenHeaders ?? [], client);
    context.credentials = true;
  }
}

export interface AdmissionParts {
  readonly token: Token | undefined;
  readonly maxUrl: number;
  /** True if pages of other origins may send reads: the gateway, when it is open to other machines. */
  readonly openReads: boolean;
  /** The bound address. Undefined for a socket file. */
  readonly bound: () => HostPort | undefined;
}

/**
 * The Host header. Node accepts two, so they are counted here. Undefined for HTTP/1.0 without one, which no browser
 * sends.
 */
function hostOf(request: RequestHead, id: string): string | undefined {
  const authority = request.headers[":authority"];
  if (typeof authority === "string") return authority;
  let hosts = 0;
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  const { host } = request.headers;
  if (hosts === 0 && request.httpVersion === "1.0") return undefined;
  if (hosts !== 1 || host === undefined) throw badRequest(id, `header Host: sent ${hosts} times`);
  return host;
}
