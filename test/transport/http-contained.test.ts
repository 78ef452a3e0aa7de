import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Log } from "../../src/core/log.js";
import { HttpTransport } from "../../src/transport/http/transport.js";
import { mux } from "../../src/transport/mux/mux.js";
import type { Connection, Message, TransportHandler } from "../../src/transport/transport.js";

const boom = (): never => {
  throw new Error("boom");
};

/** Each place where code of somebody else runs for one request of a service's port; all of them throw. */
const places: Readonly<Record<string, Partial<TransportHandler>>> = {
  "whether it opens a stream, and the call": { opensStream: boom, call: boom },
  "a call, at once": { call: boom },
  "a call, later": { call: async () => boom() },
  "a stream, at once": { opensStream: () => true, stream: boom },
  "a stream, later": { opensStream: () => true, stream: async () => boom() },
  "an answer that HTTP cannot carry": {
    call: async () => ({ header: { "X-A": "a\r\nb" }, body: Buffer.from("x") }),
  },
};

/** Fails for requests with `X-Fail`, and gives back all others. */
function failing(place: Partial<TransportHandler>): TransportHandler {
  const echo: TransportHandler = {
    opensStream: () => false,
    call: async ({ body }) => ({ header: {}, body }),
    stream: async () => {},
  };
  const which = ({ header }: Message) => (header["X-Fail"] ? { ...echo, ...place } : echo);
  return {
    opensStream: (message) => which(message).opensStream(message),
    call: (message, inbound) => which(message).call(message, inbound),
    stream: (opening, stream, inbound) => which(opening).stream(opening, stream, inbound),
  };
}

const ask = (header: Message["header"] = {}): Message => ({ header, body: Buffer.from("hello") });

async function fails(connection: Connection, place: Partial<TransportHandler>): Promise<void> {
  const message = ask({ "X-Fail": "1" });
  if (!place.stream) {
    // either it fails, or what it was given is no header of the answer
    const { header } = await connection.call(message, { timeout: 10_000 }).catch(() => ask());
    assert.equal(header.B, undefined);
    return;
  }
  const stream = await connection.stream(message, { timeout: 10_000 }).catch(() => undefined);
  for await (const _ of stream ?? []) assert.fail("a message");
}

describe("an error that nobody expected, in one request to a service's port", () => {
  for (const [wire, upgrade] of Object.entries({ http: undefined, mux }))
    for (const [place, throwing] of Object.entries(places))
      it(`ends this request alone: ${wire}, ${place}`, async (t) => {
        const uncaught = t.mock.fn();
        for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, uncaught);
        const told: unknown[] = [];
        const log: Log = { debug() {}, info() {}, warn() {}, error: (fields) => told.push(fields) };
        await using transport = new HttpTransport(upgrade ? { upgrade } : {});
        const listener = await transport.listen("127.0.0.1:0", failing(throwing), { log });
        for (let i = 0; i < 3; i++) {
          await using connection = await transport.dial(listener.address);
          await fails(connection, throwing).catch(() => {});
          const { body } = await (await transport.dial(listener.address)).call(ask(), { timeout: 10_000 });
          assert.equal(String(body), "hello");
        }
        await listener.drain({ signal: AbortSignal.timeout(5000) });
        for (const event of ["uncaughtException", "unhandledRejection"]) process.off(event, uncaught);
        assert.equal(uncaught.mock.callCount(), 0);
        if (wire === "http" && !throwing.stream) assert.ok(told.length > 0 || place.startsWith("an answer"));
      });
});
