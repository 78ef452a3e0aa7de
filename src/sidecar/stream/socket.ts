import type { WebSocket } from "ws";
import { closing } from "../../http/stream/websocket.js";
import { SerialExecutor } from "../broker/serial-executor.js";
import { oneLine, type RawStream, sendRequest, shownError } from "./raw-stream.js";

/** Bytes that may wait for a reader before the service has to. */
const ahead = 64 * 1024;

/** Joins a socket and a stream, a text frame per message. An empty frame says that no more requests come. */
export function serveSocket(socket: WebSocket, stream: RawStream, first: string | undefined): void {
  const work = new SerialExecutor(socket);
  const fail = (error: unknown) => socket.close(...closing(shownError(error)));
  const send = async (data: Buffer) => (data.length === 0 ? stream.end() : sendRequest(stream, data));
  const take = (data: Buffer) => work.run(() => send(data).catch(fail));
  socket.on("message", (data) => take(data as Buffer));
  if (first) take(Buffer.from(first));
  void relay(stream, socket).then(() => socket.close(1000), fail);
}

async function relay(stream: RawStream, socket: WebSocket): Promise<void> {
  for await (const response of stream) {
    const sent = new Promise<void>((resolve) => {
      socket.send(oneLine(response), () => resolve());
    });
    if (socket.bufferedAmount > ahead) await sent;
  }
}
