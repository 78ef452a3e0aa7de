import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { unavailable } from "../../../src/core/errors.js";
import { FrameReader } from "../../../src/transport/mux/frames/frame-reader.js";
import { FrameWriter } from "../../../src/transport/mux/frames/frame-writer.js";
import { frameLimits, frameType } from "../../../src/transport/mux/frames/frames.js";
import { WriteBatcher } from "../../../src/transport/mux/frames/write-batcher.js";
import { message } from "../../support/mux.js";

/** The hex examples of the specification, in its order. */
const examples = [
  ...readFileSync(new URL("../../../docs/mux.md", import.meta.url), "utf8").matchAll(
    /<!-- frames -->\n```text\n([^`]+)```/g,
  ),
].map(([, hex = ""]) => hex.replace(/\s/g, ""));

const method = {
  "Content-Type": "application/json",
  "Micro-Service": "greeter",
  "Micro-Method": "Say.Hello",
  "Micro-Endpoint": "Say.Hello",
};

/** Hex of what one side writes. */
function side(): (write: (writer: FrameWriter) => void) => string {
  const socket = new PassThrough();
  const batcher = new WriteBatcher(socket, () => {});
  const writer = new FrameWriter(batcher, frameLimits);
  return (write) => {
    write(writer);
    batcher.flush();
    return (socket.read() as Buffer).toString("hex");
  };
}

describe("the specification of mux", () => {
  it("shows what is really written", () => {
    const caller = side();
    const server = side();
    const full = unavailable("go.micro.transport", "call: 1024 calls in flight", { executed: "no" });
    const written = [
      caller((writer) => writer.ping()) + server((writer) => writer.pong()),
      caller((writer) =>
        writer.message(frameType.call, 1, 5000, message("{}", { ...method, "X-User": "ann" })),
      ),
      caller((writer) => writer.message(frameType.call, 2, 5000, message("{}", method))),
      server((writer) =>
        writer.message(
          frameType.reply,
          2,
          0,
          message('{"msg":"hi"}', { "Content-Type": "application/json" }),
        ),
      ),
      server((writer) => writer.error(7, full)),
      server((writer) => writer.window(3, 128 * 1024)),
      server((writer) => writer.goaway(2, "draining")),
    ];
    assert.deepEqual(written, examples);
  });

  it("shows frames that are whole", () => {
    for (const hex of examples) {
      let bytes = 0;
      const reader = new FrameReader(frameLimits, {
        frame: (_type, _id, _bytes, start, end) => {
          bytes += 9 + end - start;
        },
        oversized: () => {},
      });
      reader.push(Buffer.from(hex, "hex"));
      assert.equal(bytes, hex.length / 2);
    }
  });
});
