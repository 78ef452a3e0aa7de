import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Codec } from "../codec/codec.js";
import type { MessageType } from "../core/schema.js";

/** Samples for the suite of codecs. */
export interface CodecSamples {
  /** Type of the values, if the codec needs one. */
  readonly type?: MessageType;
  /** Values that have to come back unchanged. */
  readonly values: readonly unknown[];
  /** Bytes that the codec has to refuse. Empty for a codec that accepts any. */
  readonly broken: readonly Uint8Array[];
}

/** Runs the conformance suite of codecs under `node:test`. */
export function codecSuite(name: string, codec: Codec, { type, values, broken }: CodecSamples): void {
  describe(`${name} codec`, () => {
    it("names the content types it reads", () => {
      assert.ok(codec.contentTypes.length > 0);
      for (const contentType of codec.contentTypes) assert.match(contentType, /^[a-z]+\/[a-z0-9.+-]+$/);
    });

    it("reads what it wrote", () => {
      for (const value of values) assert.deepEqual(codec.decode(codec.encode(value, type), type), value);
    });

    it("writes the same bytes for the same value", () => {
      for (const value of values) assert.deepEqual(codec.encode(value, type), codec.encode(value, type));
    });

    it("reads from the middle of a larger buffer", () => {
      for (const value of values) {
        const bytes = codec.encode(value, type);
        const padded = Buffer.concat([Buffer.from("xx"), bytes, Buffer.from("yy")]);
        assert.deepEqual(codec.decode(padded.subarray(2, 2 + bytes.length), type), value);
      }
    });

    it("answers 400 for bytes that do not parse", () => {
      for (const bytes of broken) assert.throws(() => codec.decode(bytes, type), { code: 400 });
    });
  });
}
