import type { DescMessage } from "@bufbuild/protobuf";
import { badRequest, tooLarge } from "../../core/errors.js";
import { isProtobuf, type MessageType } from "../../core/schema.js";
import type { Codec } from "../codec.js";
import { messageOf, protobuf } from "./protobuf.js";

const maxDepth = 64;

/**
 * A plain schema with its own protobuf encoding. For the types that every service has, so that the protobuf runtime is
 * not loaded for them.
 */
export interface WithProtobufForm {
  readonly "~protobuf": {
    encode(value: unknown): Uint8Array;
    decode(bytes: Uint8Array): unknown;
  };
}

/** Protobuf encoding for protobuf types. Values of other types must be bytes already. */
export const proto: Codec = {
  contentTypes: [
    "application/protobuf",
    "application/proto-rpc",
    "application/grpc",
    "application/grpc+proto",
  ],

  encode(value, type) {
    if (isProtobuf(type)) return protobuf().toBinary(type, messageOf(type, value));
    if (hasProtobufForm(type)) return type["~protobuf"].encode(value);
    if (value instanceof Uint8Array) return value;
    throw badRequest("go.micro.codec", "encode protobuf: the method has no protobuf type");
  },

  decode(bytes, type) {
    if (isProtobuf(type)) return decodeMessage(type, bytes);
    if (hasProtobufForm(type)) return type["~protobuf"].decode(bytes);
    throw badRequest("go.micro.codec", "decode protobuf: the method has no protobuf type");
  },
};

function hasProtobufForm(type: MessageType | undefined): type is MessageType & WithProtobufForm {
  return type !== undefined && "~protobuf" in type;
}

function decodeMessage(type: DescMessage, bytes: Uint8Array): unknown {
  if (bytes.length > 2 * maxDepth) checkDepth(type, bytes, 1);
  try {
    return protobuf().fromBinary(type, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (error) {
    throw badRequest("go.micro.codec", `decode ${type.typeName}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Checks the nesting first, because the runtime decodes nested messages recursively. */
function checkDepth(type: DescMessage, bytes: Uint8Array, depth: number): void {
  if (depth > maxDepth) throw tooLarge("go.micro.codec", `decode protobuf: nested deeper than ${maxDepth}`);
  const nested = new Map(
    type.fields.flatMap((field) => (field.message ? [[field.number, field.message]] : [])),
  );
  if (nested.size === 0) return;
  for (const [number, value] of lengthDelimited(bytes)) {
    const inner = nested.get(number);
    if (inner) checkDepth(inner, value, depth + 1);
  }
}

function* lengthDelimited(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  const reader = new (protobuf().BinaryReader)(bytes);
  try {
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (wireType === 2) yield [number, reader.bytes()];
      else reader.skip(wireType, number);
    }
  } catch (error) {
    throw badRequest("go.micro.codec", `decode protobuf: ${(error as Error).message}`, { cause: error });
  }
}
