import type { IncomingMessage, ServerResponse } from "node:http";
import type { MicroError } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { writeHeader } from "./header.js";

/** Writes the reply of a call: always 200, for a caller takes any other status for a fault of the transport. */
export function reply(response: ServerResponse, { header, body }: Message): void {
  if (response.destroyed) return;
  response.writeHead(200, ["Content-Length", String(body.length), ...writeHeader(header)]);
  response.end(body);
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
