import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Service } from "../../src/core/service.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";

class Seen extends MemoryRegistry {
  readonly all: Service[] = [];
  override register(...[entry, options]: Parameters<MemoryRegistry["register"]>): Promise<void> {
    this.all.push(entry);
    return super.register(entry, options);
  }
}

describe("the subscribers of a service", () => {
  for (const [advertise, host] of Object.entries({
    "fd00::1": "fd00::1",
    "[fd00::2]": "fd00::2",
    "[fd00::3]:8080": "fd00::3",
    "10.0.0.1": "10.0.0.1",
    "10.0.0.1:8080": "10.0.0.1",
  }))
    it(`are registered at the host of --server_advertise=${advertise}`, async () => {
      await using registry = new Seen();
      const argv = [`--server_advertise=${advertise}`];
      await using own = service({
        name: "go.micro.srv.a",
        registry,
        broker: "http",
        argv,
        env: {},
        drainDelay: 0,
      });
      own.subscribe("news", async () => {});
      await own.start();
      const { nodes = [] } = registry.all.find(({ name }) => name !== "go.micro.srv.a") ?? {};
      assert.deepEqual(
        nodes.map(({ address }) => address),
        [host],
      );
    });
});
