import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";

const name = "go.micro.srv.many";
const many = Array.from({ length: 30 }, (_, at) => at);

/** Runs `work` with one signal, and returns what Node warned of. */
async function warnings(work: (signal: AbortSignal) => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const onWarning = ({ message }: Error) => seen.push(message);
  process.on("warning", onWarning);
  const stop = new AbortController();
  await work(stop.signal);
  stop.abort();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  return seen;
}

describe("one signal for many", () => {
  for (const transport of ["http", "memory"] as const)
    it(`calls, streams, messages and subscriptions over ${transport} makes Node warn of nothing`, async () => {
      const registry = new MemoryRegistry();
      const options = { registry, transport, broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;
      await using server = service({ ...options, name });
      server.handle("Work.Do", {}, async () => ({}));
      server.stream("Work.All", {}, async function* (requests) {
        for await (const request of requests) yield request;
      });
      await server.start();
      await using caller = service({ ...options, name: "go.micro.srv.caller" });
      const { client, broker } = caller;
      const seen = await warnings(async (signal) => {
        await Promise.all(many.map(() => client.call(name, "Work.Do", {}, { signal })));
        const streams = await Promise.all(many.map(() => client.stream(name, "Work.All", { signal })));
        for (const stream of streams) await stream.close();
        const subscriptions = await Promise.all(
          many.map(() => broker.subscribe("t", async () => {}, { signal })),
        );
        await Promise.all(many.map(() => client.publish("t", {}, { signal })));
        for (const subscription of subscriptions) await subscription.close();
        const watches = many.map(async () => {
          for await (const _ of registry.watch({ signal })) return;
        });
        await Promise.all(watches);
      });
      assert.deepEqual(seen, []);
    });
});
