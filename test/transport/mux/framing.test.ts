import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MuxConnection } from "../../../src/transport/mux/calls/connection.js";
import { FrameReader } from "../../../src/transport/mux/frames/frame-reader.js";
import { frameLimits, frameType, headSize } from "../../../src/transport/mux/frames/frames.js";
import { HeaderBlock, readHeader } from "../../../src/transport/mux/frames/header-block.js";
import { message, muxPair, text } from "../../support/mux.js";

type Cut = readonly [type: number, id: number, payload: string];

function frame(type: number, id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(headSize);
  head.writeUInt32BE(payload.length, 0);
  head[4] = type;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

function read(chunks: readonly Buffer[], limits = frameLimits): Cut[] {
  const cut: Cut[] = [];
  const reader = new FrameReader(limits, {
    frame: (type, id, bytes, start, end) => cut.push([type, id, bytes.toString("hex", start, end)]),
    oversized: (type, id) => cut.push([type, id, "oversized"]),
  });
  for (const chunk of chunks) reader.push(chunk);
  return cut;
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, i) => Buffer.from(bytes.subarray(sorted[i], end)));
}

const anyFrame = fc
  .tuple(
    fc.constantFrom(frameType.call, frameType.data, frameType.end, frameType.window),
    fc.nat(),
    fc.uint8Array(),
  )
  .map(([type, id, payload]): Cut => [type, id, Buffer.from(payload).toString("hex")]);

describe("framing of mux", () => {
  it("reads the same frames wherever the bytes are split", () => {
    fc.assert(
      fc.property(fc.array(anyFrame), fc.array(fc.nat()), (frames, places) => {
        const bytes = Buffer.concat(
          frames.map(([type, id, hex]) => frame(type, id, Buffer.from(hex, "hex"))),
        );
        assert.deepEqual(read(cutAt(bytes, places)), frames);
      }),
    );
  });

  it("skips a message over the limit, however it is split, and reads on", () => {
    const limits = { maxBody: 10, maxHeader: 0 };
    const bytes = Buffer.concat([
      frame(frameType.call, 1, Buffer.alloc(18)),
      frame(frameType.call, 2, Buffer.alloc(19)),
      frame(frameType.call, 3, Buffer.alloc(0)),
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat()), (places) => {
        assert.deepEqual(
          read(cutAt(bytes, places), limits).map(([, id, payload]) => [id, payload === "oversized"]),
          [
            [1, false],
            [2, true],
            [3, false],
          ],
        );
      }),
    );
  });

  it("refuses a hostile length by its head alone", () => {
    for (const type of [frameType.ping, frameType.headers, frameType.goaway, 0, 13, 255])
      for (const length of [70_000, 0x7fff_ffff, 0xffff_ffff]) {
        const head = Buffer.alloc(headSize);
        head.writeUInt32BE(length, 0);
        head[4] = type;
        assert.throws(() => read([head]), { code: 400 });
      }
    const head = Buffer.from("ffffffff0100000001", "hex");
    assert.throws(() => read([head]), { code: 400 });
  });

  it("holds no more memory than the peer has sent", () => {
    const head = Buffer.alloc(headSize);
    head.writeUInt32BE(frameLimits.maxBody, 0);
    head[4] = frameType.call;
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 200; i++) read([head, Buffer.alloc(10)]);
    assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024);
  });

  it("writes and reads any header that HTTP can carry", () => {
    const name = fc.stringMatching(/^[A-Z][a-z]{0,9}(-[A-Z][a-z]{0,9}){0,2}$/);
    const value = fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 10 }), (header) => {
        const block = new HeaderBlock();
        for (const key of Object.keys(header)) block.add(key, header[key] ?? "");
        const bytes = Buffer.alloc(block.bound + 3);
        const size = block.write(bytes, 3);
        assert.deepEqual(readHeader(bytes, 3, 3 + size), { ...header });
      }),
    );
  });

  it("answers arbitrary header blocks with a header or a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const header = readHeader(Buffer.from(bytes), 0, bytes.length);
          assert.equal(Object.getPrototypeOf(header), Object.prototype);
        } catch (error) {
          assert.equal((error as { code?: number }).code, 400);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("serves on while hostile peers send arbitrary bytes", async () => {
    await using pair = await muxPair();
    const good = await pair.dial();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((payload) => Buffer.from(payload)),
      fc
        .tuple(fc.integer({ min: 0, max: 13 }), fc.nat({ max: 5 }), fc.uint8Array({ maxLength: 40 }))
        .map(([type, id, payload]) => frame(type, id, Buffer.from(payload))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), async (frames) => {
        const socket = await pair.socket();
        for (const each of frames) socket.write(each);
        socket.end();
        socket.resume();
        await once(socket, "close");
        assert.equal(text(await good.call(message("ok"))), "ok");
      }),
      { numRuns: 100 },
    );
  });

  it("settles every call with a typed error when a server answers with arbitrary bytes", async () => {
    const { createServer } = await import("node:net");
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    let answer = Buffer.alloc(0);
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    });
    const { port } = server.address() as { port: number };
    const { connect } = await import("node:net");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        answer = Buffer.from(bytes);
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        const connection = new MuxConnection(socket);
        const calls = await Promise.allSettled([
          connection.call(message("a")),
          connection.call(message("b")),
        ]);
        for (const call of calls) {
          assert.equal(call.status, "rejected");
          assert.equal(typeof call.reason.code, "number");
        }
        assert.equal(!connection.closed, false);
        await connection.close();
      }),
      { numRuns: 200 },
    );
    server.close();
    await once(server, "close");
  });
});
