import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { presentable } from "../../http/errors.js";
import { contextOf } from "../../http/message/request-context.js";
import type { RequestHead } from "../../http/message/request-head.js";
import { EventStream } from "../../http/stream/event-stream.js";
import { closing } from "../../http/stream/websocket.js";
import type { Assets } from "./assets.js";
import { preferredType } from "./content-negotiation.js";
import { maxUnread, SocketViewer, type Viewer } from "./viewer.js";

/** Formats of a page besides HTML: JSON, or a live feed. */
export interface PageData {
  readonly json?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  /** Returns a function that starts the feed for a viewer. @throws {MicroError} The error to answer with. */
  readonly feed?: (request: FastifyRequest) => Promise<(viewer: Viewer) => void>;
}

/** The paths of the dashboard. They take precedence over web apps of the same name. */
export const pagePaths = [
  "/",
  "/registry",
  "/query",
  "/topics",
  "/events",
  "/map",
  "/stats",
  "/cli",
  "/login",
] as const;

export type PagePath = (typeof pagePaths)[number];

const paths: ReadonlySet<string> = new Set(pagePaths);

/** Serves a path as HTML, JSON or events, by content negotiation, and its feed also as a WebSocket. */
export function pageRoute(app: FastifyInstance, assets: Assets, path: PagePath, data: PageData = {}): void {
  const { json, feed } = data;
  app.route({
    method: "GET",
    url: path,
    handler: async (request, reply) => {
      reply.header("Vary", "Accept, Content-Type");
      const wanted = preferredType(request.headers);
      if (wanted === "json" && json) return sendJson(reply, await json(request, reply));
      if (wanted !== "events" || !feed) return reply.type("text/html; charset=utf-8").send(assets.page);
      const start = await feed(request);
      start(EventStream.replyTo(reply, { maxUnread }));
      return reply;
    },
    ...(feed && { wsHandler: (socket, request) => void serveSocket(socket, request, feed) }),
  });
}

async function serveSocket(
  socket: WebSocket,
  request: FastifyRequest,
  feed: NonNullable<PageData["feed"]>,
): Promise<void> {
  try {
    const start = await feed(request);
    start(new SocketViewer(socket));
  } catch (error) {
    socket.close(...closing(presentable(error, "go.micro.web", contextOf(request.raw))));
  }
}

/** Sends JSON without a charset in the content type, as the original does. */
function sendJson(reply: FastifyReply, data: unknown): FastifyReply {
  if (reply.sent) return reply;
  reply.header("Content-Type", "application/json");
  return reply.send(Buffer.from(JSON.stringify(data)));
}

/**
 * True for a request that gets the page without a login: it holds no data, and starts the login. Not for a request with
 * a token, which must be refused if it is wrong. A Basic password is ignored, because browsers send that of a proxy.
 */
export function wantsBarePage({ method, url = "", headers }: RequestHead): boolean {
  const { upgrade, authorization, accept } = headers;
  if (upgrade !== undefined) return false;
  const asks =
    authorization === undefined || (/^basic /i.test(authorization) && accept?.includes("text/html"));
  if (!asks) return false;
  const [path = ""] = url.split("?", 1);
  return (method === "GET" || method === "HEAD") && paths.has(path) && preferredType(headers) === "html";
}
