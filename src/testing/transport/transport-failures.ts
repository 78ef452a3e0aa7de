import assert from "node:assert/strict";
import { it } from "node:test";
import type { Inbound, Message } from "../../transport/transport.js";
import { address, handler, message, type OpenTransport, signalled, text } from "./transport-served.js";

/** Cases for calls without a reply. */
export function failures(open: OpenTransport): void {
  it("reports a call as not executed when nothing listens", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    await listener.close();
    const attempt = async () => (await transport.dial(listener.address)).call(message(""));
    await assert.rejects(attempt, { code: 503, executed: "no" });
  });

  it("ends a call at its timeout, and aborts the handler's signal", async () => {
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

  it("reports a call as possibly executed when its peer goes away", async () => {
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

  it("refuses new calls as not executed while draining, and answers those in flight", async () => {
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

/** Returns `executed` of a refusal, which is a marked reply over HTTP, and an error elsewhere. */
async function refusal(call: () => Promise<Message>): Promise<string | undefined> {
  try {
    const { header } = await call();
    assert.match(header["Micro-Error"] ?? "", /"code":503/);
    return header["X-Micro-Not-Executed"] === "1" ? "no" : undefined;
  } catch (error) {
    return (error as { executed?: string }).executed;
  }
}
