import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MicroError } from "../../src/core/errors.js";
import { readFrame } from "../../src/sidecar/broker/frames.js";
import { parseServiceJson } from "../../src/sidecar/parse-service-json.js";

const words = [
  "op",
  "topic",
  "queue",
  "ack",
  "seq",
  "session",
  "body",
  "encoding",
  "header",
  "id",
  "name",
  "Nodes",
  "port",
];
const values = [
  "subscribe",
  "unsubscribe",
  "publish",
  "resume",
  "ack",
  "utf8",
  "base64",
  "__proto__",
  "x".repeat(300),
];
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(...values),
    fc.string(),
    fc.double(),
    fc.maxSafeInteger(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string()), tie("value"), { maxKeys: 8 }),
  ),
})).value;
const texts = fc.oneof(
  fc.string(),
  anything.map((value) => JSON.stringify(value)),
);

/** Whether `read` takes the text, or says 4xx. */
function takes(read: (text: string) => unknown, text: string): void {
  try {
    read(text);
  } catch (error) {
    assert.ok(MicroError.is(error) && error.code >= 400 && error.code < 500, String(error));
  }
}

describe("what comes to a sidecar", () => {
  it("is a frame, or is refused as the client's mistake", () => {
    fc.assert(
      fc.property(texts, (text) => takes(readFrame, text)),
      { numRuns: 5000 },
    );
  });

  it("is a definition of a service, or is refused as the client's mistake", () => {
    fc.assert(
      fc.property(texts, (text) => takes(parseServiceJson, text)),
      { numRuns: 5000 },
    );
  });
});
