import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Duplex } from "node:stream";
import { badRequest, MicroError } from "../../core/errors.js";
import { systemClock } from "../../core/time/clock.js";
import { notReceived, parserError } from "../../transport/http/server/parser-error.js";
import { afterResponses, pendingResponsesOn } from "../../transport/http/server/pending-responses.js";
import { takeUpgrades } from "../../transport/http/server/take-upgrades.js";
import { isOtherCoding, otherCoding, otherExpectation } from "../../transport/http/wire/unsupported.js";
import type { Admission } from "../admission/admission.js";
import type { HttpApp } from "../app.js";
import { presentable, refuseSocket, refuseUpgrade, sendError } from "../errors.js";
import { defaultLimits } from "../limits.js";
import { errorAnswer, movedTo, sendAnswer } from "../message/answer.js";
import { hidesSlash } from "../message/path.js";
import { drainRefusedBody, endWithAnswer } from "../message/refused-body.js";
import { contextOf, type RequestContext, rememberContext } from "../message/request-context.js";
import { wentOut } from "../message/write-head.js";
import type { HttpOptions } from "../options.js";
import type { Route } from "../request-handler.js";
import { asOriginForm } from "./absolute-form.js";
import type { Connections } from "./connections.js";
import { containRequest, containUpgrade } from "./error-boundary.js";
import { asHttp1 } from "./http2-head.js";
import type { RequestTracker } from "./request-tracker.js";
import { logSafely } from "./uncaught.js";

export interface DispatcherParts {
  readonly admission: Admission;
  readonly app: HttpApp;
  readonly connections: Connections;
  readonly tracker: RequestTracker;
  readonly maxHeaders: number;
  readonly draining: () => boolean;
}

/** Admits and counts the requests and upgrades of a server, and passes them to the program's handler or the router. */
export class Dispatcher {
  readonly #options: HttpOptions;
  readonly #parts: DispatcherParts;

  constructor(options: HttpOptions, parts: DispatcherParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Attaches to every server event. */
  listenTo(server: Server): void {
    const { name } = this.#options;
    const take = (request: IncomingMessage, response: ServerResponse, expects?: Expectation) =>
      containRequest(request, response, this.#options, () => this.#request(request, response, expects));
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      containUpgrade(request, socket, this.#options, () => this.#upgrade(request, socket, head));
    server.on("request", (request, response) => take(request, response));
    server.on("checkContinue", (request, response) => take(request, response, "continue"));
    // Node would answer 417 without a body.
    server.on("checkExpectation", (request, response) => take(request, response, "other"));
    takeUpgrades(server, "websocket", upgrade);
    server.on("connect", (request, answer: Duplex | ServerResponse) => {
      // Over HTTP/2, CONNECT has a response like any other request.
      if ("stream" in request) take(request, answer as ServerResponse);
      else {
        const socket = answer as Duplex;
        afterResponses(socket, () => upgrade(request, socket, Buffer.alloc(0)));
      }
    });
    server.on("clientError", (error, socket) => refuseSocket(socket, parserError(error, name)));
    // Errors before it listens are reported by `bind`.
    server.on("error", (err) => server.listening && this.#options.log?.error({ err }, "listener failed"));
  }

  #request(request: IncomingMessage, response: ServerResponse, expects: Expectation | undefined): void {
    if (!("stream" in request)) pendingResponsesOn(request.socket).began(response);
    if (pretendsHttp2(request)) {
      request.httpVersionMajor = 1; // other code takes 2 to mean an HTTP/2 stream
      response.setHeader("Connection", "close");
      this.#refuse(request, response, notSpoken(this.#options.name));
      return;
    }
    // `else` includes a request line without a version, which counts as 0.9.
    if (request.httpVersionMajor === 2) endWithAnswer(request as unknown as Http2ServerRequest);
    else if (this.#parts.draining()) response.setHeader("Connection", "close");
    const admitted = this.#admit(request, response, expects);
    if (!admitted) return;
    const { context, route } = admitted;
    this.#parts.connections.watch(request);
    const close = this.#parts.tracker.enter(request, context);
    response.once("close", () => close(response.statusCode, wentOut(response)));
    const redirect = redirectOf(context, route);
    if (redirect !== undefined) this.#redirect(request, response, redirect);
    else {
      if (expects === "continue") response.writeContinue();
      if (route) void this.#follow(route, request, response, context);
      else this.#toRouter(request, response, context);
    }
  }

  #admit(
    request: IncomingMessage,
    response: ServerResponse,
    expects: Expectation | undefined,
  ): Admitted | undefined {
    const { origin } = request.headers;
    try {
      if (request.httpVersionMajor === 2) asHttp1(request, this.#options.name, this.#parts.maxHeaders);
      else asOriginForm(request);
      this.#parts.admission.cors.write(origin, response);
      const context = this.#parts.admission.admit(request, false);
      rememberContext(request, context);
      if (expects === "other") throw otherExpectation(this.#options.name);
      this.#requireChunked(request, response);
      const route = this.#options.requestHandler?.route(request.method ?? "", context.path.path, false);
      if (request.method !== "OPTIONS" || (route?.relayed && !this.#isOwnQuestion(request)))
        return { context, route };
      if (!this.#parts.admission.cors.preflight(origin, response))
        response.writeHead(200, { "Content-Length": 0 }).end();
    } catch (error) {
      this.#logUnexpected(request, error);
      this.#refuse(request, response, error);
    }
    return undefined;
  }

  /** @throws {MicroError} 501 for a body in another transfer coding. The connection is closed: a proxy may read it differently. */
  #requireChunked({ headers }: IncomingMessage, response: ServerResponse): void {
    const coding = headers["transfer-encoding"];
    if (coding === undefined || !isOtherCoding(coding)) return;
    response.shouldKeepAlive = false;
    throw otherCoding(this.#options.name);
  }

  /** Answers `OPTIONS` requests for the server itself, whatever their path. */
  #isOwnQuestion(request: IncomingMessage): boolean {
    return request.url === "*" || this.#parts.admission.isPreflight(request);
  }

  #redirect(request: IncomingMessage, response: ServerResponse, location: string): void {
    try {
      sendAnswer(request, response, movedTo(location, request.method ?? "", this.#options.name));
    } catch (error) {
      this.#refuse(request, response, error);
    }
  }

  /** Answers with the error of a route. */
  async #follow(
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext,
  ): Promise<void> {
    try {
      await route.request(request, response, context);
    } catch (error) {
      this.#logUnexpected(request, error);
      sendAnswer(request, response, errorAnswer(presentable(error, this.#options.name, context)));
    }
  }

  #toRouter(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const { escapedSlashes, name } = this.#options;
    if (!escapedSlashes && hidesSlash(context.path.path))
      this.#refuse(request, response, badRequest(name, "request path: escaped slash"));
    else {
      if (this.#options.limits?.requestTimeout === 0) this.#limitBody(request, response);
      this.#parts.app.handle(request, response);
    }
  }

  /** Limits the time for bodies of routed requests where the listener has no limit, because it relays others. */
  #limitBody(request: IncomingMessage, response: ServerResponse): void {
    if (request.complete) return;
    const late = () => {
      if (request.complete || response.headersSent) return;
      this.#refuse(request, response, notReceived(this.#options.name, "request body"));
    };
    const timer = systemClock.schedule(defaultLimits.requestTimeout, late, { ref: false });
    response.once("close", () => timer.cancel());
  }

  /** Answers with an error, and discards the rest of the body. */
  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    drainRefusedBody(request, response);
    sendError(response, presentable(error, this.#options.name, contextOf(request)));
  }

  #logUnexpected(request: IncomingMessage, err: unknown): void {
    if (MicroError.is(err)) return;
    logSafely(() =>
      this.#options.log?.error({ err, request: contextOf(request).id }, "request failed unexpectedly"),
    );
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    const { requestHandler, name } = this.#options;
    try {
      if (pretendsHttp2(request)) throw notSpoken(name);
      asOriginForm(request);
      const context = this.#parts.admission.admit(request, true);
      rememberContext(request, context);
      const { path } = context.path;
      const route = requestHandler?.route("GET", path, true);
      const unclean = redirectOf(context, route) !== undefined;
      if (unclean || this.#parts.draining()) throw badRequest(name, "upgrade: not possible here");
      if (route?.upgrade) {
        await route.upgrade(request, socket, head, context);
        return;
      }
      if (hidesSlash(path)) throw badRequest(name, "request path: escaped slash");
      const { inner } = this.#parts.app;
      if (inner.listenerCount("upgrade") === 0) throw badRequest(name, "upgrade: not supported at this path");
      inner.emit("upgrade", request, socket, head);
    } catch (error) {
      this.#logUnexpected(request, error);
      refuseUpgrade(request, socket, presentable(error, name, contextOf(request)));
    }
  }
}

/** What a request expects. */
type Expectation = "continue" | "other";

interface Admitted {
  readonly context: RequestContext;
  /** Undefined if the router handles the request. */
  readonly route: Route | undefined;
}

/** The redirect for an unclean path. A doubled slash in the rest of a relayed path is left to the backend. */
function redirectOf({ path }: RequestContext, route: Route | undefined): string | undefined {
  return path.doubled && route?.relayed ? undefined : path.redirect;
}

/** True for a request line that claims HTTP/2.0 on an HTTP/1 connection. Node's parser accepts it. */
function pretendsHttp2(request: IncomingMessage): boolean {
  return request.httpVersionMajor === 2 && !("stream" in request);
}

function notSpoken(id: string): MicroError {
  return new MicroError(id, 505, "request line: HTTP/2.0 is not supported on this connection", {
    reason: "BAD_REQUEST",
    executed: "no",
  });
}
