import type { IncomingMessage, ServerResponse } from "node:http";
import type { MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { writeHeader } from "./header.js";
import { writeResponse } from "./request.js";

/** Bodies up to this size are sent with the head in one write. */
const joined = 64 * 1024;

/** Writes the reply of a call. The status is always 200: callers treat any other as a transport error. */
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

/** False if the reply has to go through Node: behind other responses, on a full socket, or as the last response. */
function mayWriteDirectly({ socket, req, shouldKeepAlive }: ServerResponse, { body }: Message): boolean {
  if (socket === null || socket.writableNeedDrain || body.length > joined) return false;
  return req.httpVersionMinor === 1 && shouldKeepAlive;
}

/** Writes the reply in one socket write. Node's two writes make up half of the cost of a call. */
function writeDirectly(response: ServerResponse, message: Message): void {
  const { socket } = response;
  for (const bytes of writeResponse(message)) socket?.write(bytes);
  letGo(response);
}

/**
 * Tells Node that a request is finished, although nothing was written through it. Node's server waits for `finish`
 * before it releases the request and sends the next response.
 */
export function letGo(response: ServerResponse): void {
  response.finished = true;
  response.emit("finish");
}

/** Refuses a request that is not a valid call, and closes the connection, as the rest of it cannot be trusted. */
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
