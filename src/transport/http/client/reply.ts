import { internal, MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { Response } from "./response-reader.js";

/**
 * Reads the message of a response.
 * @throws {MicroError} for any status but 200: in this protocol, errors of services arrive with status 200.
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
 * True if the connection can be reused. Go servers of 1.7 close it after any error, those of 2016 after a routing
 * error, so a reply that is not certainly a success is treated as the last.
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

/** Looks for an empty error: Go writes it at the end of the JSON envelope, or of the header frame of proto-rpc. */
function endsLikeSuccess(body: Uint8Array): boolean {
  if (body[0] === 0x7b) return /"error":null\}\s*$/.test(Buffer.from(body.subarray(-32)).toString("latin1"));
  if (body.length < 4) return false;
  const end = 4 + Buffer.from(body.subarray(0, 4)).readUInt32BE();
  return end >= 6 && body[end - 2] === 0x1a && body[end - 1] === 0;
}
