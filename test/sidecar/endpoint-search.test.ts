import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { after, before, describe, it } from "node:test";
import type { Abortable } from "../../src/core/closeable.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { LastKnownRegistry } from "../../src/sidecar/last-known-registry.js";
import { eventually } from "../../src/testing/eventually.js";
import { ask } from "../support/ask.js";
import { openSidecar, ownService } from "./open-sidecar.js";

const endpoint = { name: "A.B", metadata: {}, request: null, response: null };
const count = 100;

/** A registry of 100 services that counts its reads, and answers none while it is `slow`. */
class Crowd extends MemoryRegistry {
  slow = false;
  reads = 0;
  waiting = 0;

  static async open(): Promise<Crowd> {
    const crowd = new Crowd();
    for (let i = 0; i < count; i++) {
      const nodes = [{ id: `n-${i}`, address: "127.0.0.1", port: 9, metadata: {} }];
      const endpoints = i % 10 === 0 ? [endpoint] : [];
      await crowd.register({ name: `srv.${i}`, version: "1", metadata: {}, endpoints, nodes });
    }
    return crowd;
  }

  override async getService(name: string, options: Abortable = {}) {
    this.reads++;
    const { signal } = options;
    if (!this.slow || !signal) return super.getService(name, options);
    this.waiting++;
    if (!signal.aborted) await once(signal, "abort");
    this.waiting--;
    throw signal.reason;
  }
}

async function opened(crowd: Crowd, searchTimeout?: number) {
  const catalog = new Catalog(crowd);
  const known = new LastKnownRegistry(crowd, catalog, searchTimeout ? { searchTimeout } : {});
  return { known, [Symbol.asyncDispose]: () => catalog.close() };
}

describe("the search for an endpoint", () => {
  // Timeouts do not keep the process alive, nor does anything else here.
  let alive: NodeJS.Timeout;
  before(() => {
    alive = setInterval(() => {}, 1000);
  });
  after(() => clearInterval(alive));

  it("finds every service that has it, and runs once for equal requests", async () => {
    await using crowd = await Crowd.open();
    await using search = await opened(crowd);
    const { signal } = new AbortController();
    const answers = await Promise.all([1, 2, 3].map(() => search.known.withEndpoint("A.B", signal)));
    for (const { value, stale } of answers) assert.deepEqual([value.length, stale], [count / 10, 0]);
    assert.equal(crowd.reads, count);
  });

  it("ends when its time is up, and says how far it came", async () => {
    await using crowd = await Crowd.open();
    await using search = await opened(crowd, 50);
    crowd.slow = true;
    const detail = `search endpoint "A.B": read 0 of ${count} services within 50 ms`;
    await assert.rejects(search.known.withEndpoint("A.B", new AbortController().signal), {
      code: 408,
      detail,
    });
    await eventually(() => assert.equal(crowd.waiting, 0));
    assert.ok(crowd.reads <= 16, `${crowd.reads} reads`);
    assert.equal(search.known.staleFor, 0); // it says nothing about the registry
  });

  it("goes on while one caller waits, and ends with the last", async () => {
    await using crowd = await Crowd.open();
    await using search = await opened(crowd, 60_000);
    crowd.slow = true;
    const leaving = [new AbortController(), new AbortController()];
    const asked = leaving.map(({ signal }) => search.known.withEndpoint("A.B", signal));
    const left = asked.map((one) => assert.rejects(one, /left/));
    await eventually(() => assert.equal(crowd.waiting, 16));
    leaving[0]?.abort(new Error("left"));
    await left[0];
    assert.equal(crowd.waiting, 16);
    leaving[1]?.abort(new Error("left"));
    await left[1];
    await eventually(() => assert.equal(crowd.waiting, 0));
    assert.equal(crowd.reads, 16);
    crowd.slow = false;
    const { value } = await search.known.withEndpoint("A.B", new AbortController().signal);
    assert.equal(value.length, count / 10);
  });

  it("ends when the client of the sidecar leaves", async () => {
    await using crowd = await Crowd.open();
    await using server = await openSidecar({}, ownService({ registry: crowd }));
    const { json } = await ask(server.url, "GET", "/registry?endpoint=A.B");
    assert.equal((json as unknown[]).length, count / 10);
    crowd.slow = true;
    crowd.reads = 0;
    const client = get(`${server.url}/registry?endpoint=A.B`).on("error", () => {});
    await eventually(() => assert.equal(crowd.waiting, 16));
    client.destroy();
    await eventually(() => assert.equal(crowd.waiting, 0));
    assert.equal(crowd.reads, 16);
    crowd.slow = false;
  });
});
