import type { Writable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Client } from "../../client/client.js";
import { MicroError, tooLarge } from "../../core/errors.js";
import { refuseLink } from "../../http/admission/origin.js";
import { bodyBytes, utf8 } from "../../http/body/body.js";
import { metadataOf } from "../../http/message/metadata.js";
import { contextOf } from "../../http/message/request-context.js";
import { hasLeft } from "../../http/message/write-head.js";
import { rpcError } from "../../http/rpc/rpc.js";
import { queryOf } from "../query.js";
import { answer, ndjson, sse } from "../stream/answer.js";
import type { RawStream } from "../stream/raw-stream.js";
import { serveSocket } from "../stream/socket.js";
import { readTarget } from "./call.js";
import { accepts } from "./registry.js";

export interface StreamRouteOptions {
  readonly client: Client;
  readonly stopping: AbortSignal;
}

const id = "go.micro.rpc";
/** Requests of one body. */
const maxLines = 10_000;

/** Streams that are open before their handshake is answered. */
const opened = new WeakMap<object, RawStream>();

/**
 * `/stream?service=&method=`: a stream of a service, over WebSocket (a text frame of JSON per message, both ways), or
 * with its requests in query or body and its responses as server-sent events or lines of JSON.
 */
export async function streamRoutes(app: FastifyInstance, options: StreamRouteOptions): Promise<void> {
  app.route({
    method: "GET",
    url: "/stream",
    preHandler: async (request) => {
      refuseLink(contextOf(request.raw), id);
      if (!request.ws) return;
      const stream = await openStream(request, options, request.raw.socket);
      opened.set(request.raw, stream);
    },
    handler: async (request, reply) => {
      if (!accepts(request, "text/event-stream"))
        throw new MicroError(id, 406, "stream: needs a WebSocket, or Accept: text/event-stream");
      const { request: text = "{}" } = queryOf(request);
      await answer(reply, await openStream(request, options, reply.raw), [text], { ...options, form: sse });
    },
    wsHandler: (socket, request) => {
      const stream = opened.get(request.raw);
      if (stream) serveSocket(socket, stream, queryOf(request).request);
    },
  });
  app.post("/stream", async (request, reply) => {
    const lines = utf8(bodyBytes(request), id)
      .split("\n")
      .filter((line) => line.trim() !== "");
    if (lines.length > maxLines) throw tooLarge(id, `request body: more than ${maxLines} lines`);
    const form = accepts(request, "text/event-stream") ? sse : ndjson;
    await answer(reply, await openStream(request, options, reply.raw), lines, { ...options, form });
  });
}

/** Opens the stream; it is closed when its caller's end closes. */
async function openStream(
  request: FastifyRequest,
  { client }: StreamRouteOptions,
  end: Writable,
): Promise<RawStream> {
  const { service, method } = readTarget(request);
  const { node } = queryOf(request);
  const metadata = metadataOf(request.raw);
  const options = { raw: true, contentType: "application/json", metadata, ...(node && { node }) };
  try {
    const stream = await client.stream<Uint8Array>(service, method, options);
    contextOf(request.raw).label = service;
    const close = () => void stream.close().catch(() => {});
    if (hasLeft(end)) close();
    else end.once("close", close);
    return stream;
  } catch (error) {
    throw rpcError(error);
  }
}
