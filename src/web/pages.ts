import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { RequestHead } from "../http/request-head.js";
import type { Assets } from "./assets.js";
import { representation } from "./representation.js";

/** What a page is for programs: JSON, or a feed of events. */
export interface PageData {
  readonly json?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  readonly events?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
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

/** Answers one path as the page, or as its data, by what the request wants. */
export function pageRoute(app: FastifyInstance, assets: Assets, path: PagePath, data: PageData = {}): void {
  app.get(path, async (request, reply) => {
    reply.header("Vary", "Accept, Content-Type");
    const wanted = representation(request.headers);
    if (wanted === "json" && data.json) return sendJson(reply, await data.json(request, reply));
    if (wanted === "events" && data.events) return data.events(request, reply);
    return reply.type("text/html; charset=utf-8").send(assets.page);
  });
}

/** The content type stands bare, as the originals write it. */
function sendJson(reply: FastifyReply, data: unknown): FastifyReply {
  if (reply.sent) return reply;
  reply.header("Content-Type", "application/json");
  return reply.send(Buffer.from(JSON.stringify(data)));
}

/** True for a request that gets the bare page, the same for everybody: the login starts from there. */
export function wantsBarePage({ method, url = "", headers }: RequestHead): boolean {
  const [path = ""] = url.split("?", 1);
  return (method === "GET" || method === "HEAD") && paths.has(path) && representation(headers) === "html";
}
