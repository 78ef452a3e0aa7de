import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MdnsRegistry } from "../../src/registry/mdns/mdns.js";
import { eventually } from "../../src/testing/eventually.js";
import { start } from "../support/programs/process.js";

const program = fileURLToPath(new URL("../support/servers/mdns-node.ts", import.meta.url));
const cluster = fileURLToPath(new URL("../support/servers/mdns-workers.ts", import.meta.url));
const port = 20_000 + (process.pid % 10_000);

describe("mDNS between processes", () => {
  it("finds a node of another process, and loses it at its goodbye, or some time after it was killed", async () => {
    await using registry = new MdnsRegistry({ addresses: ["127.0.0.1"], port, collect: 300, period: 500 });
    await using catalog = new Catalog(registry);
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await using far = start(process.execPath, ["--import", "tsx", program, String(port)]);
      await far.output(/registered/);
      const pid = String(far.pid);
      await eventually(async () => {
        const [service] = await catalog.load("far");
        assert.equal(service?.nodes[0]?.metadata.pid, pid);
      }, 30_000);
      await far.kill(signal);
      await eventually(() => assert.deepEqual(catalog.services("far"), []), 30_000);
    }
  });

  it("finds all from each worker of a cluster", async () => {
    await using workers = start(process.execPath, ["--import", "tsx", cluster, String(port + 1)]);
    for (const worker of [1, 2, 3]) await workers.output(new RegExp(`far-${worker} found all`), 30_000);
  });
});
