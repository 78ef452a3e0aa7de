import { badRequest } from "../../../core/errors.js";
import { asBuffer } from "../../../core/text/as-buffer.js";

/** Most bodies in one message. An empty body takes only four bytes, but costs the receiver a whole publication. */
export const maxBodies = 256;

/** Bytes before each body: its length, big endian. */
const lengthSize = 4;

/** Joins the bodies of publications with the same header. */
export function joinBodies(bodies: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const body of bodies) size += lengthSize + body.length;
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const body of bodies) {
    at = bytes.writeUInt32BE(body.length, at);
    bytes.set(body, at);
    at += body.length;
  }
  return bytes;
}

/** Splits joined bodies without copying. @throws {MicroError} 400 for too many, or a length beyond the end. */
export function splitBodies(joined: Uint8Array): Uint8Array[] {
  const bytes = asBuffer(joined);
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bodies.length === maxBodies) throw tooMany();
    if (at + lengthSize > bytes.length) throw beyond();
    const start = at + lengthSize;
    at = start + bytes.readUInt32BE(at);
    if (at > bytes.length) throw beyond();
    bodies.push(bytes.subarray(start, at));
  }
  return bodies;
}

function beyond() {
  return badRequest("go.micro.broker", "feed: body beyond its frame");
}

function tooMany() {
  return badRequest("go.micro.broker", `feed: more than ${maxBodies} bodies in one frame`);
}
