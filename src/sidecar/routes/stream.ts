import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import type { Client, Stream } from "../../client/client.js";
import { badRequest, MicroError, tooLarge } from "../../core/errors.js";
import { parseJson } from "../../core/json.js";
import { bodyBytes, utf8 } from "../../http/body.js";
import { presentable } from "../../http/errors.js";
import { exchangeOf } from "../../http/exchange.js";
import { metadataOf } from "../../http/metadata.js";
import { rpcError } from "../../http/rpc.js";
import { InOrder } from "../broker/publishing.js";
import { EventStream } from "../event-stream.js";
import { readTarget } from "./call.js";
import { accepts } from "./registry.js";

export interface StreamRouteOptions {
  readonly client: Client;
  readonly stopping: AbortSignal;
}

const id = "go.micro.rpc";
/** Requests of one body. */
const maxLines = 10_000;
/** Bytes that may wait for a reader before the service has to. */
const ahead = 64 * 1024;

type RawStream = Stream<Uint8Array>;

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
      if (!request.ws) return;
      const stream = await openStream(request, options, request.raw.socket);
      opened.set(request.raw, stream);
    },
    handler: async (request, reply) => {
      if (!accepts(request, "text/event-stream"))
        throw new MicroError(id, 406, "stream: needs a WebSocket, or Accept: text/event-stream");
      const { request: text = "{}" } = request.query as { readonly request?: string };
      await answer(reply, await openStream(request, options, reply.raw), [text], sse, options);
    },
    wsHandler: (socket, request) => {
      const stream = opened.get(request.raw);
      if (stream) serveSocket(socket, request, stream);
    },
  });
  app.post("/stream", async (request, reply) => {
    const lines = utf8(bodyBytes(request), id)
      .split("\n")
      .filter((line) => line.trim() !== "");
    if (lines.length > maxLines) throw tooLarge(id, `request body: more than ${maxLines} lines`);
    const form = accepts(request, "text/event-stream") ? sse : ndjson;
    await answer(reply, await openStream(request, options, reply.raw), lines, form, options);
  });
}

/** Opens the stream; it is closed when its caller's end closes. */
async function openStream(
  request: FastifyRequest,
  { client }: StreamRouteOptions,
  end: { once(event: "close", listener: () => void): unknown },
): Promise<RawStream> {
  const { service, method } = readTarget(request);
  const { node } = request.query as { readonly node?: string };
  const metadata = metadataOf(request.raw);
  const options = { raw: true, contentType: "application/json", metadata, ...(node && { node }) };
  try {
    const stream = await client.stream<Uint8Array>(service, method, options);
    exchangeOf(request.raw).label = service;
    end.once("close", () => void stream.close().catch(() => {}));
    return stream;
  } catch (error) {
    throw rpcError(error);
  }
}

/** How responses are written. */
interface Form {
  readonly contentType: string;
  message(json: string): string;
  error(json: string): string;
  readonly end: string;
}

const sse: Form = {
  contentType: "text/event-stream",
  message: (json) => `event: message\ndata: ${json}\n\n`,
  error: (json) => `event: error\ndata: ${json}\n\n`,
  end: "event: end\ndata: {}\n\n",
};

const ndjson: Form = {
  contentType: "application/x-ndjson",
  message: (json) => `${json}\n`,
  error: (json) => `{"error":${json}}\n`,
  end: "",
};

async function answer(
  reply: FastifyReply,
  stream: RawStream,
  requests: readonly string[],
  form: Form,
  { stopping }: StreamRouteOptions,
): Promise<void> {
  for (const text of requests) await stream.send(readRequest(text));
  await stream.end();
  const events = new EventStream(reply, form.contentType);
  stopping.addEventListener("abort", () => void stream.close(), { once: true, signal: events.signal });
  try {
    for await (const response of stream) {
      events.write(form.message(oneLine(response)));
      await events.drained();
    }
    events.write(form.end);
  } catch (error) {
    events.write(form.error(JSON.stringify(shown(error))));
  } finally {
    events.end();
  }
}

/** An empty frame says that no more requests come. */
function serveSocket(socket: WebSocket, request: FastifyRequest, stream: RawStream): void {
  const work = new InOrder(socket);
  const fail = (error: unknown) => socket.close(...closing(error));
  const { request: first } = request.query as { readonly request?: string };
  const send = (text: string) =>
    work.run(() => (text === "" ? stream.end() : take(stream, text)).catch(fail));
  socket.on("message", (data) => send(String(data)));
  if (first) send(first);
  void relay(stream, socket).then(() => socket.close(1000), fail);
}

async function take(stream: RawStream, text: string): Promise<void> {
  await stream.send(readRequest(text));
}

async function relay(stream: RawStream, socket: WebSocket): Promise<void> {
  for await (const response of stream) {
    const sent = new Promise<void>((resolve) => {
      socket.send(oneLine(response), () => resolve());
    });
    if (socket.bufferedAmount > ahead) await sent;
  }
}

/** Close codes of applications begin at 4000: ours is that and the code of the error, the reason its detail. */
function closing(error: unknown): [code: number, reason: string] {
  const { code, detail } = shown(error);
  const reason = Buffer.from(detail)
    .subarray(0, 120)
    .toString()
    .replace(/\uFFFD+$/, "");
  return [4000 + (code > 0 && code < 1000 ? code : 500), reason];
}

function shown(error: unknown): MicroError {
  return rpcError(presentable(MicroError.from(error, id), id, ""));
}

function readRequest(text: string): Buffer {
  try {
    parseJson(text);
  } catch (cause) {
    throw badRequest(id, (cause as Error).message, { reason: "BAD_JSON", cause });
  }
  return Buffer.from(text);
}

/** JSON has no line breaks but between its parts. */
function oneLine(response: Uint8Array): string {
  return Buffer.from(response)
    .toString()
    .trim()
    .replace(/[\r\n]+/g, " ");
}
