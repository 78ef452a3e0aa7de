import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unavailable } from "../../src/core/errors.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { LastKnownRegistry } from "../../src/sidecar/last-known-registry.js";

/** A registry that can go away, and counts how often it is asked meanwhile. */
class Leaving extends MemoryRegistry {
  asked = 0;
  comeBack = () => {};
  #away: Promise<void> | undefined;

  leave(): void {
    this.#away = new Promise((resolve) => {
      this.comeBack = () => {
        this.#away = undefined;
        resolve();
      };
    });
  }

  override async listServices() {
    if (this.#away && this.asked++ === 0) throw unavailable("go.micro.registry", "away");
    await this.#away;
    return super.listServices();
  }

  override async getService(name: string) {
    if (this.#away) this.asked++;
    await this.#away;
    return super.getService(name);
  }
}

describe("the last known state of an unreachable registry", () => {
  it("is the answer at once, and the registry is asked once at a time", async () => {
    await using registry = new Leaving();
    const service = { name: "go.micro.srv.a", version: "1", metadata: {}, endpoints: [] };
    const node = { id: "a-1", address: "127.0.0.1", port: 9, metadata: {} };
    await registry.register({ ...service, nodes: [node] });
    await using catalog = new Catalog(registry);
    const lastKnown = new LastKnownRegistry(registry, catalog);
    await catalog.load(service.name);
    assert.equal((await lastKnown.list()).stale, 0);
    registry.leave();
    await lastKnown.list(); // the first one finds it away
    for (let i = 0; i < 50; i++) {
      assert.ok((await lastKnown.list()).stale > 0);
      assert.equal((await lastKnown.get(service.name)).value.length, 1);
    }
    assert.equal(registry.asked, 2);
    registry.comeBack();
    for (let i = 0; i < 1000 && lastKnown.staleFor > 0; i++) await new Promise(setImmediate);
    assert.equal((await lastKnown.list()).stale, 0);
  });
});
