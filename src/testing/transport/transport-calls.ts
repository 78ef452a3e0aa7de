import assert from "node:assert/strict";
import { it } from "node:test";
import type { Message } from "../../transport/transport.js";
import { address, handler, message, type OpenTransport, signalled, text } from "./transport-served.js";

/** Cases for calls. */
export function calls(open: OpenTransport): void {
  it("carries a request and its reply, with their headers", async () => {
    await using transport = await open();
    const listener = await transport.listen(address, handler({}));
    const connection = await transport.dial(listener.address);
    const reply = await connection.call(message("hello", { "X-User-Id": "jürgen ✓" }));
    assert.equal(text(reply), "hello");
    assert.equal(reply.header["X-User-Id"], "jürgen ✓");
  });

  it("delivers header names in canonical case, and an empty body", async () => {
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

  it("handles many concurrent calls, each with its own reply", async () => {
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
