import { internal, MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { Response } from "./response-reader.js";

/**
 * The message of a response.
 * @throws {MicroError} for any status but 200: on the Go wire errors travel inside of 200.
 */
export function readReply({ status, statusText, header, body }: Response): Message {
  if (status === 200) return { header, body };
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 1024)).toString().trim();
  const error = MicroError.parse(text);
  if (error.code === status) throw error.with({ executed: "no" });
  throw internal("go.micro.client", `${statusText}: ${text}`, {
    executed: "unknown",
    reason: "REMOTE_ERROR",
  });
}

/**
 * True when the peer will answer a further request on the connection. Servers of 1.7 close after any error, those of
 * 2016 after one of routing: a reply that is no certain success is the last of its connection.
 */
export function isSuccess(request: Message, response: Response): boolean {
  const { header, body, status, last } = response;
  if (last || status !== 200 || header["Micro-Error"] || header["X-Micro-Error"]) return false;
  if (header["Content-Type"] === "text/plain") return false;
  return isMucp(request) || endsLikeSuccess(body);
}

function isMucp({ header }: Message): boolean {
  return header["Micro-Method"] !== undefined || header["Micro-Endpoint"] !== undefined;
}

/** Go writes `error` last in the JSON envelope, and as the last field of the header frame of proto-rpc. */
function endsLikeSuccess(body: Uint8Array): boolean {
  if (body[0] === 0x7b) return /"error":null\}\s*$/.test(Buffer.from(body.subarray(-32)).toString("latin1"));
  if (body.length < 4) return false;
  const end = 4 + Buffer.from(body.subarray(0, 4)).readUInt32BE();
  return end >= 6 && body[end - 2] === 0x1a && body[end - 1] === 0;
}
