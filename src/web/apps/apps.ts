import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { MicroError } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { edgeHeaders, publicAddress } from "../../http/admission/edge-headers.js";
import { drainRefusedBody } from "../../http/message/refused-body.js";
import type { RequestContext } from "../../http/message/request-context.js";
import { cutOff } from "../../http/message/write-head.js";
import { Relay } from "../../http/proxy/relay.js";
import type { RelayTarget } from "../../http/proxy/relay-target.js";
import type { RequestHandler, Route } from "../../http/request-handler.js";
import type { Registry } from "../../registry/registry.js";
import type { Selector } from "../../selector/selector.js";
import { id } from "../context.js";
import { isAppName } from "../registry/summary.js";
import { withoutSession } from "./sessions.js";

export interface AppsOptions {
  readonly selector: Selector;
  /** The registry of the nodes. */
  readonly registry: Registry;
  readonly namespace: string;
  /** True if the listener requires a token, which must not be passed to apps. */
  readonly guarded: boolean;
  /** Milliseconds, see `RelayTimes`. */
  readonly idle?: number | undefined;
  readonly upload?: number | undefined;
  readonly log?: Log;
}

/** The reverse proxy: relays `/foo/bar` to `/bar` of the service `NAMESPACE.foo`, including upgrades. */
export class Apps implements RequestHandler {
  readonly #options: AppsOptions;
  readonly #relay: Relay;

  constructor(options: AppsOptions) {
    const { selector, registry, idle, upload, log } = options;
    this.#options = options;
    this.#relay = new Relay({ id, selector, registry, idle, upload, log });
  }

  route(_method: string, path: string): Route {
    return {
      relayed: isAppName(firstElement(path)),
      request: (...request) => this.#forward(...request),
      upgrade: (...upgrade) => this.#join(...upgrade),
    };
  }

  async close(): Promise<void> {
    await this.#relay.close();
  }

  #forward(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const target = this.#target(request, context);
    if (target === undefined) refuse(request, response, "not the name of an app");
    else
      this.#relay.forward(request, response, target).catch((error: unknown) => {
        this.#logFailure(error, target);
        const full = MicroError.is(error) && error.reason === "OVERLOADED";
        if (full) refuse(request, response, `${target.service} has too many requests`, 503);
        else refuse(request, response, `${target.service} does not answer`);
      });
  }

  #join(request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext): void {
    const target = this.#target(request, context);
    if (target === undefined) refuseUpgrade(socket, "invalid host");
    else
      this.#relay.upgrade({ request, socket, head }, target).catch((error: unknown) => {
        this.#logFailure(error, target);
        const unknown = MicroError.is(error) && error.code === 404;
        refuseUpgrade(socket, unknown ? "invalid host" : "the app does not answer");
      });
  }

  #target(request: IncomingMessage, context: RequestContext): RelayTarget | undefined {
    const { path, query } = context.path;
    const end = path.indexOf("/", 1);
    const app = end < 0 ? path.slice(1) : path.slice(1, end);
    if (!isAppName(app)) return undefined;
    const service = `${this.#options.namespace}.${app}`;
    context.label = service;
    if (this.#options.guarded) hideLogin(request);
    const mount = publicAddress(request, context);
    const prefix = `${mount.prefix}/${app}`;
    return {
      service,
      mount: { ...mount, prefix },
      path: (end < 0 ? "/" : path.slice(end)) + query,
      headers: {
        ...edgeHeaders(request, context),
        "X-Forwarded-Prefix": prefix,
        "X-Micro-Web-Base-Path": `/${app}`,
      },
    };
  }

  #logFailure(err: unknown, { service }: RelayTarget): void {
    (this.#options.log ?? silent).info({ err, service }, "web app not reached");
  }
}

export function firstElement(path: string): string {
  return path.slice(1).split("/", 1)[0] ?? "";
}

/** Removes the dashboard's credentials from a request to an app. */
function hideLogin(request: IncomingMessage): void {
  const { rawHeaders } = request;
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    const name = rawHeaders[i]?.toLowerCase();
    if (name === "cookie") rawHeaders[i + 1] = withoutSession(rawHeaders[i + 1] ?? "");
    const secret = name === "authorization" || (name === "cookie" && rawHeaders[i + 1] === "");
    if (secret) rawHeaders.splice(i, 2);
  }
}

/** Answers with the status alone, as the original does. Browsers also get the reason. */
function refuse(request: IncomingMessage, response: ServerResponse, why: string, status = 502): void {
  drainRefusedBody(request, response);
  if (response.headersSent) {
    cutOff(response);
    return;
  }
  const body = request.headers.accept?.includes("text/html") ? `${why}\n` : "";
  if (body !== "") response.setHeader("Content-Type", "text/plain; charset=utf-8");
  if (status === 503) response.setHeader("Retry-After", "1");
  response.writeHead(status, {
    "Content-Length": Buffer.byteLength(body),
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

/** Refuses an upgrade. Source of the response: the original. */
function refuseUpgrade(socket: Duplex, why: string): void {
  const head = [
    "HTTP/1.1 500 Internal Server Error",
    "Content-Type: text/plain; charset=utf-8",
    "X-Content-Type-Options: nosniff",
    `Content-Length: ${why.length + 1}`,
    "Connection: close",
  ];
  if (socket.writable) socket.end(`${head.join("\r\n")}\r\n\r\n${why}\n`);
}
