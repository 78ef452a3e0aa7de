import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Log } from "../../../src/core/log/log.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import { mux } from "../../../src/transport/mux/mux.js";
import type { Connection, Message, TransportHandler } from "../../../src/transport/transport.js";

const boom = (): never => {
  throw new Error("boom");
};

const unwritable: Partial<TransportHandler> = {
  call: async () => ({ header: { "X-A": "a\r\nb: c" }, body: Buffer.from("x") }),
};
/** HTTP writes spaces for the end of the line; mux refuses. */
const unwritableSays: Readonly<Record<string, RegExp>> = {
  http: /^\{"X-A":"a {2}b: c"\}$/,
  mux: /write header: a value holds a control character/,
};

/** Each place where third-party code runs for one request to a service's port. All of them throw. */
const places: Readonly<Record<string, Partial<TransportHandler>>> = {
  "whether it opens a stream, and the call": { opensStream: boom, call: boom },
  "a call, at once": { call: boom },
  "a call, later": { call: async () => boom() },
  "a stream, at once": { opensStream: () => true, stream: boom },
  "a stream, later": { opensStream: () => true, stream: async () => boom() },
  "an answer that HTTP cannot carry": unwritable,
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

/** What the caller of a failing request gets: the thrown error, or the headers of the reply. */
async function heard(connection: Connection, place: Partial<TransportHandler>): Promise<string> {
  const call = {
    "Content-Type": "application/json",
    "Micro-Service": "go.micro.srv.a",
    "Micro-Method": "A.B",
  };
  const message = ask({ ...call, "X-Fail": "1" });
  try {
    if (!place.stream) return JSON.stringify((await connection.call(message, { timeout: 10_000 })).header);
    const headers: unknown[] = [];
    const stream = await connection.stream(message, { timeout: 10_000 });
    for await (const { header } of stream) headers.push(header);
    return JSON.stringify(headers);
  } catch (error) {
    return JSON.stringify(error);
  }
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
        const said: string[] = [];
        for (let i = 0; i < 3; i++) {
          await using connection = await transport.dial(listener.address, { mux: wire === "mux" });
          said.push(await heard(connection, throwing));
          const { body } = await (await transport.dial(listener.address, { mux: wire === "mux" })).call(
            ask(),
            { timeout: 10_000 },
          );
          assert.equal(String(body), "hello");
        }
        const expected = throwing === unwritable ? unwritableSays[wire] : /"code\W+500.*internal error/;
        for (const text of said) {
          assert.match(text, expected ?? assert.fail());
          assert.doesNotMatch(text, /boom/);
        }
        await listener.drain({ signal: AbortSignal.timeout(5000) });
        for (const event of ["uncaughtException", "unhandledRejection"]) process.off(event, uncaught);
        assert.equal(uncaught.mock.callCount(), 0);
        assert.equal(told.length, throwing === unwritable ? 0 : 3);
      });
});
