import assert from "node:assert/strict";
import { it } from "node:test";
import type { Inbound, Listener, Message, MessageStream } from "../../transport/transport.js";
import {
  address,
  collect,
  end,
  handler,
  message,
  type OpenTransport,
  opening,
  signalled,
  text,
} from "./transport-served.js";

/** Cases for streams. */
export function streams(open: OpenTransport): void {
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

/** Resolves once a count has not changed for 250 ms. */
async function waitUntilStill(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); ) {
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Cases for the end of streams, connections and listeners. */
export function endings(open: OpenTransport): void {
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

  it("closes an unshared connection without ending calls on the shared one", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    const shared = await transport.dial(listener.address);
    const own = await transport.dial(listener.address, { own: true });
    assert.equal(text(await own.call(message("a"))), "a");
    await own.close();
    assert.equal(text(await shared.call(message("b"))), "b");
  });

  it("closes twice without error, and refuses calls afterwards", async () => {
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
