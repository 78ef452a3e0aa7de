import { IncomingMessage, ServerResponse } from "node:http";
import type { FastHead } from "./head.js";

/**
 * Creates a Node response, for a streamed answer, on a socket whose request Node has not parsed. `added` are headers of
 * every answer, alternating names and values.
 */
export function streamedAnswer({ method, socket }: FastHead, added: readonly string[]): ServerResponse {
  const request = new IncomingMessage(socket);
  request.method = method;
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.complete = true;
  const response = new ServerResponse(request);
  for (let i = 0; i + 1 < added.length; i += 2) response.appendHeader(added[i] ?? "", added[i + 1] ?? "");
  const onDrain = () => response.emit("drain");
  socket.on("drain", onDrain);
  response.assignSocket(socket);
  response.once("finish", () => {
    socket.off("drain", onDrain);
    response.detachSocket(socket);
    response.emit("close");
  });
  return response;
}

/** Resolves once the response is written completely, or the socket is closed. */
export function closed(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => response.once("close", () => resolve()));
}
