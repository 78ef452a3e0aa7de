import { Decoder, Encoder } from "@msgpack/msgpack";
import { badRequest } from "../core/errors.js";
import type { Codec } from "./codec.js";

const maxLength = 4 * 1024 * 1024;

const encoder = new Encoder({ useBigInt64: true, ignoreUndefined: true, maxDepth: 64 });
const decoder = new Decoder({
  useBigInt64: true,
  maxStrLength: maxLength,
  maxBinLength: maxLength,
  maxArrayLength: 100_000,
  maxMapLength: 10_000,
  maxExtLength: 1024,
});

/** MessagePack. 64-bit integers are `bigint`. */
export const msgpack: Codec = {
  contentTypes: ["application/msgpack"],
  encode: (value) => encoder.encode(value),

  decode(bytes) {
    try {
      return bytes.length === 0 ? undefined : decoder.decode(bytes);
    } catch (error) {
      throw badRequest("go.micro.codec", `decode msgpack: ${(error as Error).message}`, { cause: error });
    }
  },
};
