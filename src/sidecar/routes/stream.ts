import type { Writable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Client, Stream } from "../../client/client.js";
import { badRequest, MicroError, tooLarge } from "../../core/errors.js";
import { parseJson } from "../../core/text/json.js";
import { refuseLink } from "../../http/admission/origin.js";
import { bodyBytes, utf8 } from "../../http/body/body.js";
import { presentable } from "../../http/errors.js";
import { metadataOf } from "../../http/message/metadata.js";
import { firstValues } from "../../http/message/query.js";
import { contextOf } from "../../http/message/request-context.js";
import { hasLeft } from "../../http/message/write-head.js";
import { rpcError } from "../../http/rpc/rpc.js";
import { answerStream, ndjson, type StreamFormat, sse } from "../../http/stream/answer-stream.js";
import { EventStream } from "../../http/stream/event-stream.js";
import { bareFrames, joinSocket } from "../../http/stream/join-socket.js";
import { readTarget } from "./call.js";
import { accepts } from "./registry.js";

export interface StreamRouteOptions {
  readonly client: Client;
  readonly stopping: AbortSignal;
}

const id = "go.micro.rpc";
/** Maximum requests in one body. */
const maxLines = 10_000;

const frames = bareFrames(shownError, (frame) => readRequest(utf8(frame, id)));

/** Streams of WebSockets, opened before the handshake is answered. */
const opened = new WeakMap<object, Stream<Uint8Array>>();

/**
 * `/stream?service=&method=`: a stream of a service, over WebSocket (a text frame of JSON per message, both ways), or
 * with requests in query or body, and responses as server-sent events or lines of JSON.
 */
export async function streamRoutes(app: FastifyInstance, options: StreamRouteOptions): Promise<void> {
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    lines: readonly string[],
    form: StreamFormat,
  ) => {
    const requests = lines.map(readRequest);
    const stream = await openStream(request, options, reply.raw);
    const events = EventStream.replyTo(reply, form);
    await answerStream(events, stream, { requests, form, shown: shownError, stopping: options.stopping });
  };
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
      const { request: text = "{}" } = firstValues(request);
      await answer(request, reply, [text], sse);
    },
    wsHandler: (socket, request) => {
      const stream = opened.get(request.raw);
      const { request: first } = firstValues(request);
      if (stream) void joinSocket(socket, stream, frames, first ? Buffer.from(first) : undefined);
    },
  });
  app.post("/stream", async (request, reply) => {
    const lines = utf8(bodyBytes(request), id)
      .split("\n")
      .filter((line) => line.trim() !== "");
    if (lines.length > maxLines) throw tooLarge(id, `request body: more than ${maxLines} lines`);
    const form = accepts(request, "text/event-stream") ? sse : ndjson;
    await answer(request, reply, lines, form);
  });
}

/** Opens a stream, which closes when `end`, the caller's connection, closes. */
async function openStream(
  request: FastifyRequest,
  { client }: StreamRouteOptions,
  end: Writable,
): Promise<Stream<Uint8Array>> {
  const { service, method } = readTarget(request);
  const { node } = firstValues(request);
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

/** The bytes of a request. @throws {MicroError} 400 when it is not JSON. */
function readRequest(text: string): Buffer {
  try {
    parseJson(text);
  } catch (cause) {
    throw badRequest(id, (cause as Error).message, { reason: "BAD_JSON", cause });
  }
  return Buffer.from(text);
}

/** The error to send to a caller in mid-stream. */
function shownError(error: unknown): MicroError {
  return rpcError(presentable(MicroError.from(error, id), id, { id: "" }));
}
