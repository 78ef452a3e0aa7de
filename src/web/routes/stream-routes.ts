import type { FastifyInstance, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import type { Stream } from "../../client/client.js";
import { badRequest, MicroError } from "../../core/errors.js";
import { parseJson } from "../../core/text/json.js";
import { utf8 } from "../../http/body/body.js";
import { presentable } from "../../http/errors.js";
import { first, queryOf } from "../../http/message/query.js";
import { contextOf } from "../../http/message/request-context.js";
import { joinSocket, type SocketFrames } from "../../http/stream/join-socket.js";
import { id, type WebContext } from "../context.js";
import { type QueryRequest, readQuery } from "./query-request.js";
import { textOf } from "./url-query.js";

/** Maximum concurrent streams. */
const maxStreams = 50;

/** `/stream`: a streaming call over a WebSocket, in frames `{type: open | message | error | end}`. */
export async function streamRoutes(app: FastifyInstance, parts: WebContext): Promise<void> {
  let open = 0;
  app.get("/stream", { websocket: true }, (socket, request) => {
    if (open >= maxStreams) return socket.close(1013, "too many streams");
    open++;
    socket.once("close", () => open--);
    void joinSocket(socket, openFor(socket, request, parts), pageFrames(request));
  });
}

async function openFor(
  socket: WebSocket,
  request: FastifyRequest,
  parts: WebContext,
): Promise<Stream<Uint8Array>> {
  const left = new AbortController();
  socket.once("close", () => left.abort(new MicroError(id, 499, "the page left")));
  const query = readTarget(request);
  const stream = await openStream(parts, query, left.signal);
  socket.send(JSON.stringify({ type: "open", node: query.node ?? "" }));
  return stream;
}

function readTarget(request: FastifyRequest): QueryRequest {
  const metadata = first(queryOf(request).metadata);
  return readQuery({
    service: textOf(request, "service"),
    method: textOf(request, "method"),
    node: textOf(request, "node"),
    metadata: metadata === undefined ? {} : parseJson(metadata),
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

/** Bodies are strings of JSON, to preserve numbers exactly. A page sends `{type: send, body}`, then `{type: end}`. */
function pageFrames(request: FastifyRequest): SocketFrames {
  return {
    read: readCommand,
    write: (body) => JSON.stringify({ type: "message", body }),
    end(socket, error) {
      const frame = error === undefined ? { type: "end" } : errorFrame(error, request);
      socket.send(JSON.stringify(frame));
      socket.close(1000);
    },
  };
}

function errorFrame(error: unknown, request: FastifyRequest): object {
  const { code, detail } = presentable(error, id, contextOf(request.raw));
  return { type: "error", code, detail };
}

/** @throws {MicroError} 400 when it is not a valid command. */
function readCommand(frame: Buffer): Uint8Array | undefined {
  const { type, body } = (parseJson(utf8(frame, id)) ?? {}) as { type?: unknown; body?: unknown };
  if (type === "end") return undefined;
  if (type !== "send" || typeof body !== "string") throw badRequest(id, "frame: not a command");
  parseJson(body);
  return Buffer.from(body);
}
