import { badRequest } from "../../core/errors.js";
import { isProtobuf } from "../../core/schema.js";
import type { Codec } from "../codec.js";
import { proto } from "../protobuf/proto.js";

/** Bytes as they are; with a protobuf type they are its bytes, which is what the 2016 wire means by the content type. */
export const raw: Codec = {
  contentTypes: ["application/octet-stream"],

  encode(value, type) {
    if (value instanceof Uint8Array) return value;
    if (isProtobuf(type)) return proto.encode(value, type);
    throw badRequest("go.micro.codec", "encode application/octet-stream: not bytes");
  },

  decode: (bytes, type) => (isProtobuf(type) ? proto.decode(bytes, type) : bytes),
};
