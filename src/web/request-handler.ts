import { drainRefusedBody } from "../http/message/refused-body.js";
import type { RequestHandler, Route } from "../http/request-handler.js";
import type { RpcHandler } from "../http/rpc/rpc.js";
import { firstElement } from "./apps/apps.js";
import { pagePaths } from "./pages/pages.js";

/** First path elements that belong to the dashboard itself. `-` holds its assets. */
const own = new Set([
  ...pagePaths.map((path) => path.slice(1)),
  "-",
  "favicon.ico",
  "health",
  "logout",
  "metrics",
  "stream",
]);

/** Handles `/rpc` and the paths of apps before the dashboard's router. */
export function webHandler(rpc: RpcHandler, apps: RequestHandler): RequestHandler {
  return {
    route(method, path, upgrade) {
      if (path === "/rpc" && !upgrade) return unstored(rpc.route(method));
      return own.has(firstElement(path)) ? undefined : apps.route(method, path, upgrade);
    },
  };
}

function unstored(route: Route): Route {
  return {
    request(request, response, context) {
      response.setHeader("Cache-Control", "no-store");
      return route.request(request, response, context);
    },
  };
}

/** Redirects to the apps' own origin. `origin` is a function, because it is known only once that listens. */
export function redirectHandler(origin: () => string): RequestHandler {
  const request: Route["request"] = (asked, response, { path }) => {
    drainRefusedBody(asked, response);
    const location = `${origin()}${path.path}${path.query}`;
    response.writeHead(307, { Location: location, "Content-Length": 0, "Cache-Control": "no-store" }).end();
  };
  return {
    // a preflight is not redirected
    route: (method, _, upgrade) => (upgrade ? undefined : { relayed: method !== "OPTIONS", request }),
  };
}
