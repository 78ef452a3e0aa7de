import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { badRequest } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { bodyBytes } from "../../http/body/body.js";
import { isFormType } from "../../http/message/content-type.js";
import { metadataOf } from "../../http/message/metadata.js";
import { firstValues } from "../../http/message/query.js";
import { EventStream } from "../../http/stream/event-stream.js";
import { SerialExecutor } from "../../http/stream/serial-executor.js";
import { readLastEvent, SubscriberEvents } from "../broker/events.js";
import { type FramedParts, FramedSocket } from "../broker/framed-socket.js";
import { framedProtocol, readTopic } from "../broker/frames.js";
import { SocketQueue } from "../broker/socket-queue.js";
import { sidecarId } from "../options.js";
import { accepts } from "./registry.js";

export interface BrokerRouteOptions extends FramedParts {
  readonly stopping: AbortSignal;
  readonly log?: Log;
}

/** Queues of unframed sockets, which are subscribed before the handshake is answered. */
const socketQueues = new WeakMap<object, SocketQueue>();

/** `/broker`: publishes, and subscribes by WebSocket (as in the original, or framed) or server-sent events. */
export async function brokerRoutes(app: FastifyInstance, options: BrokerRouteOptions): Promise<void> {
  app.post("/broker", async (request, reply) => {
    const { topic } = readQuery(request);
    await options.broker.publish(topic, { header: messageHeader(request), body: bodyBytes(request) });
    return reply.send();
  });
  app.route({
    method: "GET",
    url: "/broker",
    preHandler: async (request) => {
      if (request.ws && !isFramed(request)) await subscribeOriginal(request, options);
    },
    handler: (request, reply) => subscribeEvents(request, reply, options),
    wsHandler: (socket, request) => {
      if (isFramed(request)) new FramedSocket(socket, request.raw.socket, options);
      else serveOriginal(socket, request, options);
    },
  });
}

function readQuery(request: FastifyRequest): { topic: string; queue: string | undefined } {
  const { topic, queue } = firstValues(request);
  if (!topic) throw badRequest(sidecarId, "Topic not specified");
  return { topic: readTopic(topic), queue: queue || undefined };
}

/** The request headers that become headers of the message. The broker drops credentials. */
function messageHeader(request: FastifyRequest): Record<string, string> {
  const header = metadataOf(request.raw);
  const type = request.headers["content-type"];
  const named = firstValues(request).content_type;
  if (named && /[^\x20-\x7e]/.test(named)) throw badRequest(sidecarId, "content_type: not a content type");
  if (named) header["Content-Type"] = named;
  // Not the form type, which is curl's default for any data.
  else if (type && !isFormType(type)) header["Content-Type"] = type;
  return header;
}

function isFramed(request: FastifyRequest): boolean {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",");
  return offered.some((protocol) => protocol.trim() === framedProtocol);
}

/** Subscribes before the handshake is answered, so that a client misses nothing after its socket is open. */
async function subscribeOriginal(request: FastifyRequest, { topics }: BrokerRouteOptions): Promise<void> {
  const { topic, queue } = readQuery(request);
  const socketQueue = new SocketQueue();
  const end = await topics.subscribe(topic, queue, socketQueue);
  if (request.raw.socket.destroyed) end();
  else request.raw.socket.once("close", end);
  socketQueues.set(request.raw, socketQueue);
}

/** Publishes each received frame with an empty header, as in the original. */
function serveOriginal(socket: WebSocket, request: FastifyRequest, options: BrokerRouteOptions): void {
  const { topic } = readQuery(request);
  const work = new SerialExecutor(socket);
  const log = options.log ?? silent;
  socket.on("message", (data: Buffer) => {
    const publish = () =>
      options.broker
        .publish(topic, { header: {}, body: data })
        .catch((err: unknown) => log.warn({ err, topic }, "publish failed"));
    work.run(publish, data.length);
  });
  socketQueues.get(request.raw)?.attach(socket, request.raw.socket);
}

async function subscribeEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  { topics, sessions, stopping }: BrokerRouteOptions,
): Promise<void> {
  const { topic, queue } = readQuery(request);
  if (!accepts(request, "text/event-stream")) {
    // Source: the original, whose clients check this header.
    reply.header("Sec-WebSocket-Version", "13");
    throw badRequest(sidecarId, "Bad Request");
  }
  const last = readLastEvent(request.headers["last-event-id"] as string | undefined);
  const { session, resumed } = sessions.open(last.session);
  try {
    if (!resumed) session.add(topic, await topics.subscribe(topic, queue, session.subscriber(false)));
  } catch (error) {
    sessions.end(session);
    throw error;
  }
  const events = EventStream.replyTo(reply);
  stopping.addEventListener("abort", () => events.end(), { once: true, signal: events.signal });
  events.send("ready", JSON.stringify({ session: session.id, resumed }));
  session.attach(new SubscriberEvents(events, session, sessions), resumed ? last.seq : 0);
}
