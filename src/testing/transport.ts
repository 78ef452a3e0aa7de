import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message } from "../core/message.js";
import type {
  Inbound,
  Listener,
  MessageStream,
  Transport,
  TransportHandler,
} from "../transport/transport.js";

const address = "127.0.0.1:0";
const text = (message: Message) => Buffer.from(message.body).toString();

function message(body: string, header: Readonly<Record<string, string>> = {}): Message {
  const fixed = { "Content-Type": "application/json", "Micro-Method": "Test.Echo", ...header };
  return { header: fixed, body: Buffer.from(body) };
}

/** The last message of a stream, without which it counts as broken. */
const end = message("", { "Micro-Error": "EOS" });
const opening = message("", { "Micro-Method": "Test.Stream" });

interface Served {
  readonly call?: (request: Message, inbound: Inbound) => Promise<Message>;
  readonly stream?: (stream: MessageStream, inbound: Inbound) => Promise<void>;
}

function handler({ call = async (request) => request, stream = async () => {} }: Served): TransportHandler {
  return {
    opensStream: ({ header }) => header["Micro-Method"] === "Test.Stream",
    call,
    stream: (_opening, messages, inbound) => stream(messages, inbound),
  };
}

/** A promise that the test settles, or waits for. */
function signalled<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function collect(stream: AsyncIterable<Message>): Promise<string[]> {
  const bodies: string[] = [];
  for await (const received of stream) {
    if (received.header["Micro-Error"]) break;
    bodies.push(text(received));
  }
  return bodies;
}

/** What every transport does; `open` gives a fresh one whose listeners its own `dial` reaches. */
export function transportSuite(name: string, open: () => Promise<Transport>): void {
  describe(`${name} transport`, () => {
    calls(open);
    failures(open);
    streams(open);
    endings(open);
  });
}

function calls(open: () => Promise<Transport>): void {
  it("carries a message there and one back, with its header", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    const connection = await transport.dial(listener.address);
    const reply = await connection.call(message("hello", { "X-User-Id": "jürgen ✓" }));
    assert.equal(text(reply), "hello");
    assert.equal(reply.header["X-User-Id"], "jürgen ✓");
  });

  it("gives header names in canonical case and carries an empty body", async () => {
    await using transport = await open();
    const seen: Message[] = [];
    const call = async (request: Message) => {
      seen.push(request);
      return request;
    };
    const listener = await transport.listen(address, handler({ call }));
    const connection = await transport.dial(listener.address);
    const reply = await connection.call(message("", { "X-Lower": "a" }));
    assert.equal(reply.body.length, 0);
    assert.equal(seen[0]?.header["X-Lower"], "a");
  });

  it("carries a body of a megabyte", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    const connection = await transport.dial(listener.address);
    const body = Buffer.alloc(1024 * 1024, "x");
    const reply = await connection.call({ ...message(""), body });
    assert.ok(body.equals(reply.body));
  });

  it("answers many calls at a time, each with its own reply", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    const connection = await transport.dial(listener.address);
    const asked = Array.from({ length: 100 }, (_, i) => `call ${i}`);
    const replies = await Promise.all(asked.map((body) => connection.call(message(body))));
    assert.deepEqual(replies.map(text), asked);
  });

  it("does not let a slow call hold up a fast one", async () => {
    await using transport = await open();
    const released = signalled();
    const call = async (request: Message) => {
      if (text(request) === "slow") await released.promise;
      return request;
    };
    const listener = await transport.listen(address, handler({ call }));
    const connection = await transport.dial(listener.address);
    const slow = connection.call(message("slow"));
    assert.equal(text(await connection.call(message("fast"))), "fast");
    released.resolve();
    assert.equal(text(await slow), "slow");
  });
}

function failures(open: () => Promise<Transport>): void {
  it("says that nothing was executed where nothing listens", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    await listener.close();
    const attempt = async () => (await transport.dial(listener.address)).call(message(""));
    await assert.rejects(attempt, { code: 503, executed: "no" });
  });

  it("gives up a call at its timeout and lets the handler know", async () => {
    await using transport = await open();
    const left = signalled();
    const call = (request: Message, { signal }: Inbound) =>
      new Promise<Message>((resolve) => {
        signal.addEventListener("abort", () => {
          left.resolve();
          resolve(request);
        });
      });
    const listener = await transport.listen(address, handler({ call }));
    const connection = await transport.dial(listener.address);
    await assert.rejects(connection.call(message(""), { timeout: 50 }), { code: 408, executed: "unknown" });
    await left.promise;
  });

  it("rejects with the reason of the signal", async () => {
    await using transport = await open();
    const call = (request: Message, { signal }: Inbound) =>
      new Promise<Message>((resolve) => {
        signal.addEventListener("abort", () => resolve(request));
      });
    const listener = await transport.listen(address, handler({ call }));
    const connection = await transport.dial(listener.address);
    const abort = new AbortController();
    const asked = connection.call(message(""), { signal: abort.signal });
    const reason = new Error("enough");
    setImmediate(() => abort.abort(reason));
    await assert.rejects(asked, reason);
  });

  it("does not know whether a call ran whose peer went away", async () => {
    await using transport = await open();
    const arrived = signalled();
    const call = () => {
      arrived.resolve();
      return new Promise<Message>(() => {});
    };
    const listener = await transport.listen(address, handler({ call }));
    const connection = await transport.dial(listener.address);
    const asked = connection.call(message(""));
    const failed = assert.rejects(asked, { code: 503, reason: "NODE_LOST", executed: "unknown" });
    await arrived.promise;
    await listener.close();
    await failed;
  });

  it("refuses a call over the limit as not executed", async () => {
    await using transport = await open();
    const arrived = signalled();
    const released = signalled();
    const call = async (request: Message) => {
      arrived.resolve();
      await released.promise;
      return request;
    };
    const listener = await transport.listen(address, handler({ call }), { maxCalls: 1 });
    const connection = await transport.dial(listener.address);
    const first = connection.call(message("first"));
    await arrived.promise;
    assert.equal(await refusal(() => connection.call(message("second"))), "no");
    released.resolve();
    assert.equal(text(await first), "first");
  });

  it("says to callers while draining that nothing was executed, and answers what is under way", async () => {
    await using transport = await open();
    const arrived = signalled();
    const released = signalled();
    const call = async (request: Message) => {
      arrived.resolve();
      await released.promise;
      return request;
    };
    const listener = await transport.listen(address, handler({ call }));
    const connection = await transport.dial(listener.address);
    const first = connection.call(message("first"));
    await arrived.promise;
    const drained = listener.drain();
    assert.equal(await refusal(() => connection.call(message("second"))), "no");
    released.resolve();
    assert.equal(text(await first), "first");
    await drained;
  });
}

/** How a refusal looks to the caller: on the Go wire a reply that is marked, elsewhere an error. */
async function refusal(call: () => Promise<Message>): Promise<string | undefined> {
  try {
    const { header } = await call();
    assert.match(header["Micro-Error"] ?? "", /"code":503/);
    return header["X-Micro-Not-Executed"] === "1" ? "no" : undefined;
  } catch (error) {
    return (error as { executed?: string }).executed;
  }
}

function streams(open: () => Promise<Transport>): void {
  it("streams messages to the caller, in order, until the handler ends", async () => {
    await using transport = await open();
    const stream = async (messages: MessageStream) => {
      for (let i = 0; i < 500; i++) await messages.send(message(`${i}`));
      await messages.send(end);
    };
    const listener = await transport.listen(address, handler({ stream }));
    const connection = await transport.dial(listener.address);
    const received = await collect(await connection.stream(opening));
    assert.deepEqual(
      received,
      Array.from({ length: 500 }, (_, i) => `${i}`),
    );
  });

  it("streams messages both ways at once", async () => {
    await using transport = await open();
    const stream = async (messages: MessageStream) => {
      for await (const request of messages) await messages.send(message(`got ${text(request)}`));
    };
    const listener = await transport.listen(address, handler({ stream }));
    const connection = await transport.dial(listener.address);
    await using ours = await connection.stream(opening);
    const replies = ours[Symbol.asyncIterator]();
    for (const body of ["a", "b", "c"]) {
      await ours.send(message(body));
      const { value } = await replies.next();
      assert.equal(text(value as Message), `got ${body}`);
    }
  });

  it("makes a fast sender wait for a slow reader", { timeout: 60_000 }, async () => {
    await using transport = await open();
    const released = signalled();
    const total = 3000;
    let sent = 0;
    const stream = async (messages: MessageStream) => {
      await released.promise;
      let count = 0;
      for await (const _ of messages) if (++count === total) break;
      await messages.send(message(`${count}`));
      await messages.send(end);
    };
    const listener = await transport.listen(address, handler({ stream }));
    const connection = await transport.dial(listener.address);
    await using ours = await connection.stream(opening);
    const sending = (async () => {
      const body = Buffer.alloc(10_000, "x");
      for (; sent < total; sent++) await ours.send({ ...message(""), body });
    })();
    await waitUntilStill(() => sent);
    assert.ok(sent < total, `all ${total} messages were taken without a reader`);
    released.resolve();
    await sending;
    assert.deepEqual(await collect(ours), [`${total}`]);
  });
}

/** Resolves once a count has not moved for some turns of the clock. */
async function waitUntilStill(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); ) {
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function endings(open: () => Promise<Transport>): void {
  it("tells the handler when the caller closes its stream", async () => {
    await using transport = await open();
    const left = signalled();
    const ended = signalled<number>();
    const stream = async (messages: MessageStream, { signal }: Inbound) => {
      signal.addEventListener("abort", () => left.resolve());
      let count = 0;
      for await (const _ of messages) {
        count++;
        await messages.send(message("taken"));
      }
      ended.resolve(count);
    };
    const listener = await transport.listen(address, handler({ stream }));
    const connection = await transport.dial(listener.address);
    const ours = await connection.stream(opening);
    await ours.send(message("a"));
    for await (const _ of ours) break;
    await left.promise;
    assert.equal(await ended.promise, 1);
  });

  it("does not end a broken stream like a normal one", async () => {
    await using transport = await open();
    const started = signalled<Listener>();
    const stream = async (messages: MessageStream, { signal }: Inbound) => {
      await messages.send(message("one"));
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    const listener = await transport.listen(address, handler({ stream }));
    const connection = await transport.dial(listener.address);
    const ours = await connection.stream(opening);
    started.resolve(listener);
    const read = async () => {
      for await (const received of ours) {
        assert.equal(text(received), "one");
        await (await started.promise).close();
      }
    };
    await assert.rejects(read, { code: 503 });
  });

  it("ends no call but its own with a connection that is its own", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    const shared = await transport.dial(listener.address);
    const own = await transport.dial(listener.address, { own: true });
    assert.equal(text(await own.call(message("a"))), "a");
    await own.close();
    assert.equal(text(await shared.call(message("b"))), "b");
  });

  it("closes twice without error, and answers nothing after", async () => {
    const transport = await open();
    const listener = await transport.listen(address, handler({}));
    const connection = await transport.dial(listener.address);
    await connection.close();
    await connection.close();
    await assert.rejects(connection.call(message("")), { code: 503 });
    await listener.close();
    await listener.close();
    await transport.close();
    await transport.close();
  });
}
