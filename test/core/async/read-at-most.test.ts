import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { readAtMost } from "../../../src/core/async/read-at-most.js";

const chunks = (...texts: string[]) => Readable.from(texts.map((text) => Buffer.from(text)));

describe("a stream that is read up to a limit", () => {
  for (const [texts, limit, expected, complete] of [
    [["ab", "cd"], 4, "abcd", true],
    [["ab", "cde"], 4, "abcd", false],
    [["abcde"], 4, "abcd", false],
    [[], 4, "", true],
  ] as const)
    it(`gives ${JSON.stringify(expected)} of ${JSON.stringify(texts)}`, async () => {
      const stream = chunks(...texts);
      const read = await readAtMost(stream, limit);
      assert.deepEqual([read.bytes.toString(), read.complete], [expected, complete]);
      assert.equal(stream.destroyed, true);
    });

  it("rejects with the error of the stream", async () => {
    const broken = new Readable({ read: () => void broken.destroy(new Error("cut off")) });
    await assert.rejects(readAtMost(broken, 4), /cut off/);
  });
});
