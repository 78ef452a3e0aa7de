import { badRequest } from "../../core/errors.js";
import { isProtobuf } from "../../core/schema.js";
import type { Codec } from "../codec.js";
import { proto } from "../protobuf/proto.js";

/** Raw bytes. With a protobuf type, its encoding, which is the meaning of the content type on the 2016 wire. */
export const raw: Codec = {
  contentTypes: ["application/octet-stream"],

  encode(value, type) {
    if (value instanceof Uint8Array) return value;
    if (isProtobuf(type)) return proto.encode(value, type);
    throw badRequest("go.micro.codec", "encode application/octet-stream: not bytes");
  },

  decode: (bytes, type) => (isProtobuf(type) ? proto.decode(bytes, type) : bytes),
};
