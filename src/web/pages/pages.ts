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

/** What a page is beside HTML: JSON, or a live feed. */
export interface PageData {
  readonly json?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  /** Returns what starts the feed for its viewer. @throws {MicroError} what the request must be answered. */
  readonly feed?: (request: FastifyRequest) => Promise<(viewer: Viewer) => void>;
}

/** The paths of the dashboard, which a web app of the same name is hidden by. */
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

/** Answers one path as the page, or as its data, by what the request wants; its feed also as a WebSocket. */
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

/** The content type stands bare, as the originals write it. */
function sendJson(reply: FastifyReply, data: unknown): FastifyReply {
  if (reply.sent) return reply;
  reply.header("Content-Type", "application/json");
  return reply.send(Buffer.from(JSON.stringify(data)));
}

/**
 * True for a request that gets the bare page, the same for everybody: the login starts from there. A program that shows a
 * token must hear that it is wrong; a password is that of a proxy in front, where a browser sends it along.
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
