import type { FastifyInstance } from "fastify";
import type { WebContext } from "../context.js";
import type { Overview } from "../model.js";
import { pageRoute } from "../pages/pages.js";

/** The pages `/`, `/events` and `/map`, which all use the live feed of `/events`. */
export async function feedRoutes(app: FastifyInstance, parts: WebContext): Promise<void> {
  const { assets, view, viewers, rates } = parts;
  pageRoute(app, assets, "/", { json: async () => overview(parts) });
  pageRoute(app, assets, "/map", { json: async () => ({ edges: rates.latest.edges }) });
  pageRoute(app, assets, "/events", {
    json: async () => ({ events: view.timeline }),
    feed: async () => {
      viewers.checkRoom();
      return (viewer) => {
        viewers.add(viewer);
        viewer.send("overview", JSON.stringify(overview(parts)));
      };
    },
  });
}

/** Sends all changes of the registry to the viewers, from now on. Returns a function that stops it. */
export function publishChanges({ view, viewers, apps }: WebContext): () => void {
  return view.listen({
    services: (changed, removed) => viewers.send("services", { changed, removed, apps: apps() }),
    timeline: (entries) => viewers.send("timeline", entries),
    registry: (state) => viewers.send("registry", state),
  });
}

function overview({ view, access, apps, rates }: WebContext): Overview {
  return {
    time: Date.now(),
    registry: view.state,
    access,
    services: view.summaries(),
    apps: apps(),
    timeline: view.timeline,
    rates: rates.latest,
  };
}
