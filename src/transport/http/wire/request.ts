import type { Message } from "../../../core/message.js";
import { headerLines } from "./header.js";

/** Bodies up to this size are copied behind the head, because one write is cheaper than two. */
const copied = 64 * 1024;

/** Writes a request to `host`. HTTP method and path have no meaning in this protocol. */
export function writeRequest(host: string, message: Message): Buffer[] {
  const start = `POST / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: micro\r\n`;
  return writeMessage(start, message);
}

/** Writes a response. */
export function writeResponse(message: Message): Buffer[] {
  return writeMessage("HTTP/1.1 200 OK\r\n", message);
}

function writeMessage(start: string, { header, body }: Message): Buffer[] {
  const head = `${start}Content-Length: ${body.length}\r\n${headerLines(header)}\r\n`;
  if (body.length > copied) return [Buffer.from(head, "latin1"), Buffer.from(body)];
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, "latin1");
  bytes.set(body, head.length);
  return [bytes];
}
