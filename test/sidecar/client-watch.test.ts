import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SidecarHttp } from "../../src/cli/sidecar/http.js";
import { SidecarRegistry } from "../../src/cli/sidecar/registry.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { WatchOptions } from "../../src/registry/registry.js";
import { eventually } from "../../src/testing/eventually.js";
import { freePort } from "../support/free-port.js";
import { openSidecar, ownService } from "./open-sidecar.js";

const service = (version: string) => ({
  name: "foo",
  version,
  metadata: {},
  endpoints: [],
  nodes: [{ id: `foo-${version}`, address: "127.0.0.1", port: 80, metadata: {} }],
});

/** What a watch through the sidecar at `address` tells, one text each. */
function watching(address: string, options: WatchOptions = {}) {
  const told: string[] = [];
  const stop = new AbortController();
  const onReach = (error?: unknown) => void told.push(error === undefined ? "reachable" : "unreachable");
  const ended = (async () => {
    await using registry = new SidecarRegistry(new SidecarHttp({ address }));
    const changes = registry.watch({ ...options, onReach, signal: stop.signal });
    for await (const { action, service: changed } of changes) told.push(`${action} ${changed.version}`);
  })();
  const stopped = async () => {
    stop.abort();
    await ended;
  };
  return { told, ended, stopped };
}

describe("a watch through a sidecar", () => {
  for (const only of ["foo", undefined])
    it(`goes on with another sidecar at that address, and tells what changed meanwhile (${only ?? "all"})`, async () => {
      const address = `127.0.0.1:${await freePort()}`;
      const registry = new MemoryRegistry();
      await registry.register(service("1"));
      await registry.register(service("2"));
      const first = await openSidecar({ address }, ownService({ registry }));
      const { told, stopped } = watching(address, only === undefined ? {} : { service: only });
      await eventually(() => assert.deepEqual(told, ["create 1", "create 2"]));
      await first.close();
      await eventually(() => assert.equal(told.at(-1), "unreachable"));
      const next = new MemoryRegistry();
      await next.register(service("2"));
      await next.register(service("3"));
      await using _second = await openSidecar({ address }, ownService({ registry: next }));
      // while it stops, the first one may be reached once more
      const changes = () => told.filter((text) => !text.endsWith("reachable"));
      await eventually(() => {
        assert.deepEqual(changes(), ["create 1", "create 2", "create 3", "delete 1"], told.join(", "));
        assert.equal(told.at(-1), "reachable");
      });
      await next.deregister(service("3"));
      await eventually(() => assert.equal(told.at(-1), "delete 3"));
      await stopped();
    });

  it("is notified when the registry behind the sidecar becomes unreachable and answers again", async () => {
    const registry = new MemoryRegistry();
    let reach: WatchOptions["onReach"];
    const watch = registry.watch.bind(registry);
    Object.assign(registry, {
      watch(options: WatchOptions) {
        reach = options.onReach;
        return watch(options);
      },
    });
    await using server = await openSidecar({}, ownService({ registry }));
    const { told, stopped } = watching(server.address);
    await eventually(() => assert.ok(reach));
    reach?.(new Error("away"));
    await eventually(() => assert.deepEqual(told, ["unreachable"]));
    reach?.();
    await eventually(() => assert.deepEqual(told, ["unreachable", "reachable"]));
    await stopped();
  });

  it("ends with an error where there is no sidecar, and for a name that no service can have", async () => {
    await assert.rejects(watching(`127.0.0.1:${await freePort()}`).ended, { code: 503 });
    await using server = await openSidecar();
    await assert.rejects(watching(server.address, { service: "../x" }).ended, { code: 400 });
  });
});
