import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { notFound } from "../core/errors.js";
import { type Log, silent } from "../core/log/log.js";
import { takeBodies } from "./body/body.js";
import { headersOf, presentable, statusOf } from "./errors.js";
import type { Limits } from "./limits.js";
import { errorAnswer, sendAnswer } from "./message/answer.js";
import { drainRefusedBody } from "./message/refused-body.js";
import { contextOf } from "./message/request-context.js";
import { RouterLog } from "./observe/router-log.js";

/** The fastify instance. It routes requests that have passed admission, and owns no socket. */
export interface HttpApp {
  readonly fastify: FastifyInstance;
  readonly handle: RequestListener;
  /** Never listens. Fastify plugins receive `upgrade` events on it. */
  readonly inner: Server;
}

/** Creates the fastify instance, with the toolkit's body parsing, errors and limits. */
export async function openApp(id: string, limits: Limits, log: Log = silent): Promise<HttpApp> {
  const { fastify } = await import("fastify");
  const inner = createServer();
  let handle: RequestListener = () => {};
  const app = fastify({
    bodyLimit: limits.body,
    routerOptions: { maxParamLength: limits.url },
    return503OnClosing: false,
    loggerInstance: new RouterLog(log) as FastifyBaseLogger,
    childLoggerFactory: (_logger, _bindings, _options, raw) =>
      new RouterLog(log, () => contextOf(raw as IncomingMessage).id) as FastifyBaseLogger,
    serverFactory(handler) {
      handle = handler;
      return inner;
    },
    frameworkErrors(error, request, reply) {
      answer(error, id, request.raw, reply, log);
    },
  });
  takeBodies(app, id);
  app.addHook("onRequest", (request, _, done) => {
    contextOf(request.raw).label = request.routeOptions.url ?? "other";
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    failed.add(request.raw);
    answer(error, id, request.raw, reply, log);
  });
  // If a hook fails on the error response too, fastify's own fallback would show the error's text.
  app.addHook("onError", (request, reply, error, done) => {
    if (!failed.has(request.raw)) return done();
    log.error({ err: error, request: contextOf(request.raw).id }, "request failed");
    reply.hijack();
    sendAnswer(request.raw, reply.raw, errorAnswer(presentable(error, id, contextOf(request.raw))));
  });
  app.setNotFoundHandler(({ raw }) => {
    throw notFound(id, `${raw.method} ${contextOf(raw).path.path}: no such route`);
  });
  return { fastify: app, handle, inner };
}

/** Requests whose error is being answered. */
const failed = new WeakSet<IncomingMessage>();

type Reply = Parameters<Parameters<FastifyInstance["setErrorHandler"]>[0]>[2];

function answer(error: unknown, id: string, raw: IncomingMessage, reply: Reply, log: Log): void {
  const context = contextOf(raw);
  const shown = presentable(error, id, context);
  if (shown !== error && shown.code >= 500) log.error({ err: error, request: context.id }, "request failed");
  reply.code(statusOf(shown)).headers(headersOf(shown)).header("X-Content-Type-Options", "nosniff");
  reply.removeHeader("Connection");
  drainRefusedBody(raw, reply.raw);
  void reply.header("Content-Type", "application/json").send(Buffer.from(JSON.stringify(shown)));
}
