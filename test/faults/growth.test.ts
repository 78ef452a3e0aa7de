import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eventually } from "../../src/testing/eventually.js";
import { Rig } from "./rig.js";

const greeter = "go.micro.srv.greeter";
const MiB = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What a caller, and a node that stays up, hold. */
interface Held {
  readonly files: number;
  readonly resources: number;
  readonly filesOfNode: number;
}

function held(node: number): Held {
  return {
    files: readdirSync("/proc/self/fd").length,
    resources: process.getActiveResourcesInfo().length,
    filesOfNode: readdirSync(`/proc/${node}/fd`).length,
  };
}

/** One round of what a program meets in its life; its node 0 is killed in it, and node 1 hangs for a while. */
async function round(rig: Rig): Promise<void> {
  const { client, catalog } = rig.caller;
  rig.nodes[1]?.child.kill("SIGSTOP");
  await wait(1000);
  rig.nodes[1]?.child.kill("SIGCONT");
  await rig.nodes[0]?.kill("SIGKILL");
  const fresh = rig.node();
  rig.nodes[0] = fresh;
  for (let i = 0; i < 50; i++) {
    const stop = new AbortController();
    const changes = catalog.changes({ service: greeter, signal: stop.signal })[Symbol.asyncIterator]();
    await changes.next();
    const given = client.call(greeter, "Say.Hello", { name: "J" }, { signal: stop.signal });
    stop.abort();
    await assert.rejects(given);
    await changes.next().catch(() => undefined);
    await assert.rejects(client.call(`go.micro.srv.none${i}`, "None.None", {}));
    await assert.rejects(client.call(greeter, "Say.None", {}));
  }
  const isUsed = () =>
    assert.ok(
      rig.calls.some(({ node }) => node === fresh.pid),
      "the new node is used",
    );
  await eventually(isUsed, 60_000);
  rig.calls.length = 0;
}

describe("R20: a caller in a long life", () => {
  it("holds no more connections, files, timers or memory after each round", async (t) => {
    await using rig = await Rig.open(3);
    const pid = rig.nodes[2]?.pid ?? 0;
    const load = rig.call(4, { idempotent: true });
    for (let i = 0; i < 1; i++) await round(rig);
    collect();
    const before = { ...held(pid), heap: process.memoryUsage().heapUsed };
    for (let i = 0; i < 3; i++) await round(rig);
    rig.stop();
    await load;
    const settled = () => {
      const now = held(pid);
      assert.ok(now.files <= before.files + 5, `files ${before.files} → ${now.files}`);
      assert.ok(now.resources <= before.resources + 5, `resources ${before.resources} → ${now.resources}`);
      assert.ok(now.filesOfNode <= before.filesOfNode + 5, `node ${before.filesOfNode} → ${now.filesOfNode}`);
    };
    await eventually(settled, 30_000);
    collect();
    const grown = (process.memoryUsage().heapUsed - before.heap) / MiB;
    t.diagnostic(`${JSON.stringify(before)} → ${JSON.stringify(held(pid))}; heap +${grown.toFixed(2)} MiB`);
    assert.ok(grown < 4, `${grown} MiB`);
  });
});
