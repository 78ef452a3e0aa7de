import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silent } from "../../../src/core/log/log.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { Registration } from "../../../src/registry/registration/registration.js";
import type { GetOptions } from "../../../src/registry/registry.js";

const service = {
  name: "foo",
  version: "1",
  metadata: {},
  endpoints: [],
  nodes: [{ id: "foo-1", address: "127.0.0.1", port: 80, metadata: {} }],
};

describe("a registration that is closed while the registry hangs", () => {
  it("ends the read before its first write, and writes nothing", async () => {
    const ended: string[] = [];
    const getService = (_: string, { signal }: GetOptions) =>
      new Promise<never>((_resolve, reject) => {
        const end = () => {
          ended.push(signal?.reason.name);
          reject(signal?.reason);
        };
        if (signal?.aborted) end();
        else signal?.addEventListener("abort", end);
      });
    const registry = Object.assign(new MemoryRegistry(), { getService });
    const registration = new Registration(registry, service, { log: silent });
    const starting = registration.start();
    await registration.close();
    await starting;
    assert.deepEqual(ended, ["AbortError"]);
    assert.deepEqual(await registry.listServices(), []);
  });
});
