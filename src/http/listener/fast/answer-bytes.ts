import { reasonPhrase } from "../../../core/reason-phrase.js";
import { asBuffer } from "../../../core/text/as-buffer.js";
import type { Answer } from "../../message/answer.js";
import { checkHeader } from "../../message/write-head.js";

/** Bodies up to this size are copied behind the head, so that both are sent in one write. */
const joined = 16 * 1024;

/**
 * Encodes an answer exactly as Node's server would, for a connection that is kept alive for `keepAlive` ms.
 * @throws {MicroError} 502 for a header that HTTP cannot carry.
 */
export function answerBytes(answer: Answer, keepAlive: number): readonly Buffer[] {
  const { status, headers } = answer;
  const body = status === 204 || status === 304 ? undefined : answer.body; // these statuses have no body
  let head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
  let dated = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (name.length === 4 && name.toLowerCase() === "date") dated = true;
    const value = headers[i + 1] ?? "";
    checkHeader(name, value);
    head += `${name}: ${value}\r\n`;
  }
  if (body) head += `Content-Length: ${body.length}\r\n`;
  if (!dated) head += `Date: ${date()}\r\n`;
  head += `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAlive / 1000)}\r\n\r\n`;
  if (!body) return [Buffer.from(head, "latin1")];
  if (body.length > joined) return [Buffer.from(head, "latin1"), asBuffer(body)];
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, "latin1");
  bytes.set(body, head.length);
  return [bytes];
}

let second = 0;
let text = "";

/** The HTTP date, formatted once a second. */
function date(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
