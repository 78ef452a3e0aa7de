import type { WebSocket } from "ws";
import type { Stream } from "../../client/client.js";
import type { MicroError } from "../../core/errors.js";
import { oneLine } from "./event-stream.js";
import { SerialExecutor } from "./serial-executor.js";
import { isToldByReading } from "./told-by-reading.js";
import { closing, maxAhead } from "./websocket.js";

/** How messages of a stream are mapped to frames of a WebSocket. */
export interface SocketFrames {
  /** The request in a frame. Undefined for the end of the requests. @throws {MicroError} 400 for anything else. */
  read(frame: Buffer): Uint8Array | undefined;
  /** The frame for a response. `response` is JSON on one line. */
  write(response: string): string;
  /** Closes the socket at the end of the stream, or because of an error. */
  end(socket: WebSocket, error?: unknown): void;
}

/**
 * One frame is one message. An empty one ends the requests. The end of the stream closes the socket with 1000, an error
 * with 4000 plus its code.
 */
export function bareFrames(
  shown: (error: unknown) => MicroError,
  read: (frame: Buffer) => Uint8Array = (frame) => frame,
): SocketFrames {
  return {
    read: (frame) => (frame.length === 0 ? undefined : read(frame)),
    write: (response) => response,
    end: (socket, error) =>
      error === undefined ? socket.close(1000) : socket.close(...closing(shown(error))),
  };
}

/**
 * Connects a WebSocket to a stream of JSON messages, with back-pressure both ways: the socket is not read while
 * requests wait for the stream, and the stream not while responses wait for the socket. Frames may arrive before the
 * stream is open.
 */
export async function joinSocket(
  socket: WebSocket,
  opening: Stream<Uint8Array> | Promise<Stream<Uint8Array>>,
  frames: SocketFrames,
  first?: Buffer,
): Promise<void> {
  const requests = new SerialExecutor(socket);
  let over = false;
  const end = (error?: unknown) => {
    if (!over) frames.end(socket, error);
    over = true;
  };
  const send = async (frame: Buffer) => {
    if (over) return;
    const request = frames.read(frame);
    const stream = await opening;
    await (request === undefined ? stream.end() : stream.send(request));
  };
  const failed = (error: unknown) => {
    if (!isToldByReading(error)) end(error);
  };
  const take = (frame: Buffer) => requests.run(() => send(frame).catch(failed), frame.length);
  if (first) take(first);
  socket.on("message", take);
  try {
    await using stream = await opening;
    const close = () => void stream.close();
    if (socket.readyState === socket.CLOSED) close();
    else socket.once("close", close);
    for await (const response of stream) await write(socket, frames.write(oneLine(response)));
    end();
  } catch (error) {
    end(error);
  }
}

function write(socket: WebSocket, frame: string): Promise<void> | undefined {
  if (socket.bufferedAmount <= maxAhead) return void socket.send(frame);
  return new Promise((resolve) => socket.send(frame, () => resolve()));
}
