import { parseJson, stringifyJson } from "../core/json.js";
import type { Codec } from "./codec.js";

/** JSON text and a newline, as the Go ecosystem writes it; `null` and an empty body read as nothing. */
export const json: Codec = {
  contentTypes: ["application/json"],
  encode: (value) => Buffer.from(`${stringifyJson(value)}\n`),
  decode: (bytes) =>
    bytes.length === 0
      ? undefined
      : parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()),
};
