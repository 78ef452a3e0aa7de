import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Broker, Publication } from "../../broker/broker.js";
import { requireJson } from "../../http/admission/origin.js";
import { bodyBytes } from "../../http/body/body.js";
import { id, type WebContext } from "../context.js";
import { pageRoute } from "../pages/pages.js";
import type { Viewer } from "../pages/viewer.js";
import { Viewers } from "../pages/viewers.js";
import { checkTopic, readPublication, shown } from "./publication.js";
import { requireAdmin } from "./registry-routes.js";
import { textOf } from "./url-query.js";

/** `/topics`: lists subscribers, streams the messages of a topic, and publishes with `--web_admin`. */
export async function topicRoutes(app: FastifyInstance, parts: WebContext): Promise<void> {
  const followers = new Viewers();
  app.addHook("onClose", async () => followers.close());
  parts.http.stopping.addEventListener("abort", () => followers.close(), { once: true });
  pageRoute(app, parts.assets, "/topics", {
    json: async () => ({ topics: topicsOf(parts) }),
    feed: (request) => follow(parts, followers, request),
  });
  app.post("/topics", async (request, reply) => {
    requireAdmin(parts.access.admin);
    requireJson(request.headers, id);
    await publish(parts, bodyBytes(request));
    return reply.code(204).send();
  });
}

function topicsOf({ view }: WebContext): readonly object[] {
  const found = new Map<string, string[]>();
  for (const { name, topics } of view.summaries())
    for (const topic of topics) found.set(topic, [...(found.get(topic) ?? []), name]);
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, subscribers]) => ({ topic, subscribers }));
}

/** Subscribes for one client, until it disconnects. */
async function follow(
  { service }: WebContext,
  followers: Viewers,
  request: FastifyRequest,
): Promise<(viewer: Viewer) => void> {
  const topic = checkTopic(textOf(request, "topic"));
  followers.checkRoom();
  await service.broker.connect();
  return (viewer) => {
    followers.add(viewer);
    void subscribe(service.broker, topic, viewer).catch(() => viewer.end());
  };
}

async function subscribe(broker: Broker, topic: string, viewer: Viewer): Promise<void> {
  const send = (event: string, data: object) => viewer.send(event, JSON.stringify(data));
  const take = async (publication: Publication) => send("message", shown(publication));
  const subscription = await broker.subscribe(topic, take, { onGap: (reason) => send("gap", { reason }) });
  send("subscribed", { topic });
  if (viewer.signal.aborted) await subscription.close();
  else viewer.signal.addEventListener("abort", () => void subscription.close());
}

async function publish({ service }: WebContext, bytes: Buffer): Promise<void> {
  const { topic, message } = readPublication(bytes);
  await service.broker.connect();
  await service.broker.publish(topic, message, { signal: AbortSignal.timeout(5_000) });
}
