import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeEnvelope, encodeEnvelope } from "../../src/broker/envelope.js";
import { EnvelopeReader } from "../../src/broker/envelope-reader.js";

const header = Object.freeze({ "Content-Type": "application/json", "X-User": 'a"n\\n' });
const envelope = (body: string, of: Record<string, string> = header) =>
  encodeEnvelope({ header: of, body: Buffer.from(body) });

function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return String(error);
  }
}

describe("reading envelopes one after the other", () => {
  it("gives the same result as reading each alone, whatever came before", () => {
    const start = '{"Header":{"X":"y"},"Body":"';
    const texts = [
      envelope("a"),
      envelope("b"),
      envelope("c"),
      envelope("", {}),
      envelope("", {}),
      envelope("d", { "X-Other": "1" }),
      `${start}QQ=="}`,
      `${start}QQ=="}`,
      `${start}Qg=="}`,
      `${start}QQ==","Body":"Qg=="}`,
      `${start}QQ==","Body":"Qg=="}`,
      `${start}Q"}`,
      `${start}\\u0051Q=="}`,
      `${start}QQ=="} `,
      `${start}"}`,
      '{"Body":"QQ==","Header":{"X":"y"},"Body":"Qg=="}',
      '{"Body":"QQ==","Header":{"X":"y"},"Body":"Qg=="}',
      '{"Body":"QQ==","Header":{"X":"y"},"Body":"Qw=="}',
      '{"Header":{"X":"y"},"More":1,"Body":"QQ=="}',
      '{"Header":{"X":"y"},"More":1,"Body":"Qg=="}',
      '{"Header":{"X":"y"},"More":1,"Body":"Qw=="}',
      '{"header":{"x":"y"},"body":"QQ=="}',
      "null",
      "",
    ];
    const reader = new EnvelopeReader();
    for (const text of [...texts, ...texts, ...[...texts].reverse()])
      assert.deepEqual(
        outcome(() => ({ ...reader.read(text) })),
        outcome(() => decodeEnvelope(text).message),
        text,
      );
  });

  it("returns the same message for the same text, and the same header for the same prefix", () => {
    const reader = new EnvelopeReader();
    const [first, second, third] = ["a", "b", "c"].map((body) => reader.read(envelope(body)));
    assert.equal(reader.read(envelope("c")), third);
    assert.notEqual(second, first);
    assert.equal(reader.read(envelope("d")).header, third?.header);
  });

  it("writes a frozen header once, under each topic", () => {
    const message = { header, body: Buffer.from("x") };
    assert.equal(encodeEnvelope(message), encodeEnvelope({ ...message, header: { ...header } }));
    for (const topic of ["t", "u", "t"])
      assert.equal(decodeEnvelope(encodeEnvelope(message, topic)).topic, topic);
  });
});
