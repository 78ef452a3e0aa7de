import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { drainRefusedBody } from "../http/message/refused-body.js";
import type { RequestContext } from "../http/message/request-context.js";
import type { RequestHandler } from "../http/request-handler.js";
import type { RpcHandler } from "../http/rpc/rpc.js";
import { pagePaths } from "./pages/pages.js";

/** First elements of paths that are the dashboard's own; `-` holds its files. */
const own = new Set([
  ...pagePaths.map((path) => path.slice(1)),
  "-",
  "favicon.ico",
  "health",
  "logout",
  "metrics",
  "stream",
]);

/** Sends `/rpc` and the paths of apps on their way before the router of the dashboard sees them. */
export function webHandler(rpc: RpcHandler, apps: RequestHandler): RequestHandler {
  return {
    request(request: IncomingMessage, response: ServerResponse, context: RequestContext): boolean {
      const first = firstElement(context);
      if (own.has(first)) return false;
      if (context.path.path !== "/rpc") return apps.request(request, response, context);
      context.label = "/rpc";
      response.setHeader("Cache-Control", "no-store");
      void rpc.handle(request, response, context);
      return true;
    },
    relays(method: string, path: string, upgrade: boolean): boolean {
      return path !== "/rpc" && !own.has(firstOf(path)) && apps.relays?.(method, path, upgrade) === true;
    },
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext): boolean {
      if (own.has(firstElement(context))) return false;
      return apps.upgrade?.(request, socket, head, context) ?? false;
    },
  };
}

function firstElement({ path: { path } }: RequestContext): string {
  return firstOf(path);
}

function firstOf(path: string): string {
  return path.slice(1).split("/", 1)[0] ?? "";
}

/** Sends browsers to the origin of the apps' own; `origin` is known once that listens. */
export function redirectHandler(origin: () => string): RequestHandler {
  return {
    relays: (method) => method !== "OPTIONS", // a preflight is not redirected
    request(request: IncomingMessage, response: ServerResponse, { path }: RequestContext): boolean {
      drainRefusedBody(request, response);
      const location = `${origin()}${path.path}${path.query}`;
      response.writeHead(307, { Location: location, "Content-Length": 0, "Cache-Control": "no-store" }).end();
      return true;
    },
  };
}
