import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { FastifyInstance } from "fastify";
import { notFound } from "../core/errors.js";
import { type Log, silent } from "../core/log.js";
import { takeBodies } from "./body.js";
import { headersOf, presentable, statusOf } from "./errors.js";
import { exchangeOf } from "./exchange.js";
import type { Limits } from "./limits.js";
import { letRunOff } from "./refused-body.js";

/** The framework behind the edge: it routes what it is given, and owns no socket. */
export interface App {
  readonly fastify: FastifyInstance;
  readonly handle: RequestListener;
  /** Never listens; the framework's plugins hear upgrades on it. */
  readonly inner: Server;
}

/** Makes the framework's instance, with our bodies, our errors, and limits where its own default is none. */
export async function openApp(id: string, limits: Limits, log: Log = silent): Promise<App> {
  const { fastify } = await import("fastify");
  const inner = createServer();
  let handle: RequestListener = () => {};
  const app = fastify({
    bodyLimit: limits.body,
    routerOptions: { maxParamLength: limits.url },
    return503OnClosing: false,
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
    exchangeOf(request.raw).label = request.routeOptions.url ?? "other";
    done();
  });
  app.setErrorHandler((error, request, reply) => answer(error, id, request.raw, reply, log));
  app.setNotFoundHandler(({ raw }) => {
    throw notFound(id, `${raw.method} ${exchangeOf(raw).path.path}: no such route`);
  });
  return { fastify: app, handle, inner };
}

type Reply = Parameters<Parameters<FastifyInstance["setErrorHandler"]>[0]>[2];

function answer(error: unknown, id: string, raw: IncomingMessage, reply: Reply, log: Log): void {
  const request = exchangeOf(raw).id;
  const shown = presentable(error, id, request);
  if (shown !== error && shown.code >= 500) log.error({ err: error, request }, "request failed");
  reply.code(statusOf(shown)).headers(headersOf(shown)).header("X-Content-Type-Options", "nosniff");
  reply.removeHeader("Connection");
  letRunOff(raw, reply.raw);
  void reply.header("Content-Type", "application/json").send(Buffer.from(JSON.stringify(shown)));
}
