import { badRequest, MicroError, unreadable } from "../../core/errors.js";
import type { Envelope } from "../envelope.js";

interface Header {
  readonly method: string;
  /** Eight bytes, as received. */
  readonly id: Uint8Array;
  readonly error: string;
}

const methodTag = 0x0a;
const idTag = 0x11;
const errorTag = 0x1a;
const noId = new Uint8Array(8);

/**
 * The protobuf envelope of the 2016 wire: two frames, each prefixed by its length as four big-endian bytes. The first
 * is the header (method, sequence, error), the second the message. Go always writes all fields of the header.
 */
export const protoRpc: Envelope = {
  writeRequest(method, id, body) {
    const sequence = Buffer.alloc(8);
    sequence.writeBigUInt64LE(BigInt(id));
    return frames(Buffer.concat([field(methodTag, Buffer.from(method)), Buffer.of(idTag), sequence]), body);
  },

  readRequest(bytes) {
    const [head, body] = split(bytes);
    const { method, id } = parseHeader(head);
    return { method, id, body };
  },

  writeReply({ method, id, error = "" }, body) {
    const head = [field(methodTag, Buffer.from(method)), Buffer.of(idTag), id.length === 8 ? id : noId];
    const failed = error !== "";
    return frames(
      Buffer.concat([...head, field(errorTag, Buffer.from(error))]),
      failed ? new Uint8Array(0) : body,
    );
  },

  readReply(bytes) {
    const [{ error }, body] = parseReply(bytes);
    if (error !== "") throw MicroError.parse(error);
    return body;
  },
};

function frames(head: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(8 + head.length + body.length);
  bytes.writeUInt32BE(head.length, 0);
  bytes.set(head, 4);
  bytes.writeUInt32BE(body.length, 4 + head.length);
  bytes.set(body, 8 + head.length);
  return bytes;
}

function field(tag: number, value: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = value.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(tag, ...length, rest), value]);
}

/**
 * Splits the two frames, which must fill the message exactly: a length is not trusted beyond the bytes that are there.
 */
function split(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  const [head, next] = frame(bytes, 0);
  const [body, end] = frame(bytes, next);
  if (end !== bytes.length) throw malformed("bytes after the last frame");
  return [head, body];
}

function frame(bytes: Uint8Array, at: number): [Uint8Array, number] {
  if (bytes.length < at + 4) throw malformed("frame without its length");
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
  const end = at + 4 + length;
  if (end > bytes.length) throw malformed(`frame of ${length} bytes is truncated`);
  return [bytes.subarray(at + 4, end), end];
}

function parseHeader(bytes: Uint8Array): Header {
  let method = "";
  let error = "";
  let id: Uint8Array = noId;
  const reader = new FieldReader(bytes);
  for (let tag = reader.tag(); tag !== undefined; tag = reader.tag()) {
    if (tag === methodTag) method = Buffer.from(reader.bytes()).toString();
    else if (tag === errorTag) error = Buffer.from(reader.bytes()).toString();
    else if (tag === idTag) id = reader.fixed(8);
    else reader.skip(tag & 7);
  }
  return { method, id, error };
}

function parseReply(bytes: Uint8Array): [Header, Uint8Array] {
  try {
    const [head, body] = split(bytes);
    return [parseHeader(head), body];
  } catch (error) {
    const { detail } = MicroError.from(error, "go.micro.client.codec");
    throw unreadable("go.micro.client.codec", `read reply: ${detail}`, { cause: error });
  }
}

/** Reads the fields of a protobuf message whose type the caller knows. */
class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  tag(): number | undefined {
    return this.#at < this.#bytes.length ? this.#varint() : undefined;
  }

  bytes(): Uint8Array {
    return this.fixed(this.#varint());
  }

  fixed(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed("header is truncated");
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  skip(wireType: number): void {
    if (wireType === 0) this.#varint();
    else if (wireType === 1) this.fixed(8);
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.fixed(4);
    else throw malformed(`header has a field of wire type ${wireType}`);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.fixed(1)[0] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed("header has a number without end");
  }
}

function malformed(what: string): MicroError {
  return badRequest("go.micro.codec", `read proto-rpc: ${what}`);
}
