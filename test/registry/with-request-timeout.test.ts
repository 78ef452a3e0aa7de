import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silent } from "../../src/core/log/log.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { Registration } from "../../src/registry/registration/registration.js";

/** A registry that takes requests and never answers. */
class Mute extends MemoryRegistry {
  readonly servers = ["10.0.0.1:8500"];
  override register(_: unknown, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  }
  override deregister(service: unknown, options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.register(service, options);
  }
}

describe("a registry that does not answer in time", () => {
  it("is named with its address, in one line, when a service registers and when it leaves", async () => {
    const warned: { detail?: string; reason?: string }[] = [];
    const log = { ...silent, warn: (fields: object) => void warned.push(fields) };
    const nodes = [{ id: "a-1", address: "127.0.0.1", port: 1, metadata: {} }];
    const entry = { name: "a", version: "1", metadata: {}, endpoints: [], nodes };
    await using registry = new Mute();
    const registration = new Registration(registry, entry, { log, unique: true });
    // keeps the test alive: the limits of requests do not
    const alive = setInterval(() => {}, 1000);
    await registration.start();
    await registration.close();
    clearInterval(alive);
    assert.deepEqual(
      warned.map(({ reason, detail }) => `${reason} ${detail}`),
      ["register", "deregister"].map(
        (verb) =>
          `REGISTRY_UNREACHABLE ${verb} service "a": memory at 10.0.0.1:8500 did not answer in 5000 ms`,
      ),
    );
  });
});
