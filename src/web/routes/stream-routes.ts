import type { FastifyInstance, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import type { Stream } from "../../client/client.js";
import { badRequest, MicroError } from "../../core/errors.js";
import { parseJson } from "../../core/text/json.js";
import { utf8 } from "../../http/body/body.js";
import { presentable } from "../../http/errors.js";
import { contextOf } from "../../http/message/request-context.js";
import { id, type WebContext } from "../context.js";
import { type QueryRequest, readQuery } from "./query-request.js";
import { queryOf, textOf } from "./request-query.js";

/** Bounds: streams at once, messages of a page that wait to be sent, bytes that a page leaves unread. */
const maxStreams = 50;
const maxWaiting = 100;
const maxUnread = 4 * 1024 * 1024;

/** What a page sends: a message as JSON text, so that no number in it is touched, or the end of its messages. */
type Command = { readonly type: "send"; readonly body: Uint8Array } | { readonly type: "end" };

/** `/stream`: a streaming call over a WebSocket; frames are `{type: open | message | error | end}`. */
export async function streamRoutes(app: FastifyInstance, parts: WebContext): Promise<void> {
  let open = 0;
  app.get("/stream", { websocket: true }, (socket, request) => {
    if (open >= maxStreams) return socket.close(1013, "too many streams");
    open++;
    socket.once("close", () => open--);
    void bridge(socket, request, parts);
  });
}

async function bridge(socket: WebSocket, request: FastifyRequest, parts: WebContext): Promise<void> {
  const left = new AbortController();
  const commands = commandsOf(socket);
  socket.once("close", () => left.abort(new MicroError(id, 499, "the page left")));
  try {
    const query = readTarget(request);
    await using stream = await openStream(parts, query, left.signal);
    send(socket, { type: "open", node: query.node ?? "" });
    await Promise.all([sendAll(stream, commands), receiveAll(stream, socket)]);
    send(socket, { type: "end" });
  } catch (error) {
    const { code, detail } = presentable(error, id, contextOf(request.raw));
    if (!left.signal.aborted) send(socket, { type: "error", code, detail });
  }
  socket.close(1000);
}

function readTarget(request: FastifyRequest): QueryRequest {
  const query = queryOf(request);
  const metadata = query.get("metadata");
  return readQuery({
    service: textOf(query, "service"),
    method: textOf(query, "method"),
    node: textOf(query, "node"),
    metadata: metadata === null ? {} : parseJson(metadata),
  });
}

function openStream(
  { service }: WebContext,
  query: QueryRequest,
  signal: AbortSignal,
): Promise<Stream<Uint8Array>> {
  const { node, metadata } = query;
  return service.client.stream<Uint8Array>(query.service, query.method, {
    raw: true,
    contentType: "application/json",
    metadata,
    signal,
    ...(node !== undefined && { node }),
  });
}

async function sendAll(stream: Stream<Uint8Array>, commands: AsyncIterable<Command>): Promise<void> {
  for await (const command of commands) {
    if (command.type === "end") return stream.end();
    await stream.send(command.body);
  }
}

async function receiveAll(stream: Stream<Uint8Array>, socket: WebSocket): Promise<void> {
  for await (const message of stream) {
    send(socket, { type: "message", body: Buffer.from(message).toString("utf8") });
    if (socket.bufferedAmount > maxUnread)
      throw new MicroError(id, 503, "the page reads too slowly", { reason: "STREAM_BROKEN" });
  }
}

function send(socket: WebSocket, frame: object): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
}

/** What the page sends, in order; the listeners are attached at once, because the library drops what comes earlier. */
function commandsOf(socket: WebSocket): AsyncIterable<Command> {
  const waiting: Command[] = [];
  let wake: () => void = () => {};
  let over = false;
  socket.on("message", (data: Buffer) => {
    const command = readCommand(data);
    if (command === undefined || waiting.length >= maxWaiting) socket.close(1008, "not a command");
    else waiting.push(command);
    wake();
  });
  socket.once("close", () => {
    over = true;
    wake();
  });
  return (async function* () {
    while (!over) {
      const command = waiting.shift();
      if (command) yield command;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  })();
}

function readCommand(data: Buffer): Command | undefined {
  try {
    const { type, body } = parseJson(utf8(data, id)) as { type?: unknown; body?: unknown };
    if (type === "end") return { type };
    if (type !== "send" || typeof body !== "string") throw badRequest(id, "not a command");
    parseJson(body);
    return { type, body: Buffer.from(body) };
  } catch {
    return undefined;
  }
}
