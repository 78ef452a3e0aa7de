import { badRequest } from "../../core/errors.js";
import type { Envelope } from "../envelope.js";

const nothing = new Uint8Array(0);

/**
 * The message frame of gRPC: a flag byte, the length as four big-endian bytes, the message. Method and error are in
 * headers.
 */
export const grpc: Envelope = {
  writeRequest: (_method, _id, body) => framed(body),
  readRequest: (bytes) => ({ method: "", id: nothing, body: unframed(bytes) }),
  writeReply: (frame, body) => framed(frame.error === undefined ? body : nothing),
  readReply: unframed,
};

function framed(body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(5 + body.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(body.length, 1);
  bytes.set(body, 5);
  return bytes;
}

function unframed(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  if (bytes.length < 5) throw badRequest("go.micro.codec", "read grpc frame: truncated");
  if (bytes[0] !== 0) throw badRequest("go.micro.codec", "read grpc frame: compressed");
  const length = new DataView(bytes.buffer, bytes.byteOffset + 1, 4).getUint32(0);
  if (length !== bytes.length - 5)
    throw badRequest("go.micro.codec", `read grpc frame: ${bytes.length - 5} bytes, not ${length}`);
  return bytes.subarray(5);
}
