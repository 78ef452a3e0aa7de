import type { IncomingMessage, ServerResponse } from "node:http";
import type { MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { writeHeader } from "./header.js";
import { writeResponse } from "./request.js";

/** Bodies up to this size go out with their head in one write. */
const joined = 64 * 1024;

/** Writes the reply of a call: always 200, for a caller takes any other status for a fault of the transport. */
export function reply(response: ServerResponse, message: Message): void {
  if (response.destroyed) return;
  if (mayWriteDirectly(response, message)) {
    writeDirectly(response, message);
    return;
  }
  const { header, body } = message;
  response.writeHead(200, ["Content-Length", String(body.length), ...writeHeader(header)]);
  response.end(body);
}

/** Node's way is taken where the reply is not alone: behind others, on a full socket, or as the last. */
function mayWriteDirectly({ socket, req, shouldKeepAlive }: ServerResponse, { body }: Message): boolean {
  if (socket === null || socket.writableNeedDrain || body.length > joined) return false;
  return req.httpVersionMinor === 1 && shouldKeepAlive;
}

/** One write on the socket: half of what a call costs in Node's own way goes into its two writes of a reply. */
function writeDirectly(response: ServerResponse, message: Message): void {
  const { socket } = response;
  for (const bytes of writeResponse(message)) socket?.write(bytes);
  letGo(response);
}

/**
 * Tells Node that a request is dealt with although nothing was written for it: `finish` is what its server waits for
 * before it lets go of a request, and lets the next reply out.
 */
export function letGo(response: ServerResponse): void {
  response.finished = true; // nothing more is owed
  response.emit("finish");
}

/** Answers what is no call at all, and ends the connection: what follows on it cannot be trusted. */
export function refuse(request: IncomingMessage, response: ServerResponse, error: MicroError): void {
  if (response.destroyed || response.headersSent) return;
  const body = JSON.stringify(error);
  response.writeHead(error.code, [
    ...["Content-Length", String(Buffer.byteLength(body))],
    ...["Content-Type", "application/json", "Connection", "close"],
  ]);
  response.end(body);
  request.resume();
}
