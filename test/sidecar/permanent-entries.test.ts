import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { silent } from "../../src/core/log/log.js";
import type { Service } from "../../src/core/service.js";
import type { Change, Registry, WatchOptions } from "../../src/registry/registry.js";
import { changeStream } from "../../src/registry/watch/change-stream.js";
import { PermanentEntries } from "../../src/sidecar/permanent-entries.js";

/** One request of an application: what it does, with how many turns of the event loop the registry takes for it. */
type Step = readonly [action: "post" | "post with a ttl" | "delete", version: string, turns: number];

interface Case {
  readonly title: string;
  /** All at once, in this order. */
  readonly steps: readonly Step[];
  /** The version that the registry has in the end, and has again after it lost everything. */
  readonly left?: string;
  readonly again?: string;
}

const cases: readonly Case[] = [
  {
    title: "restores the later of two first posts, although the earlier takes longer",
    steps: [
      ["post", "1", 9],
      ["post", "2", 1],
    ],
    left: "2",
    again: "2",
  },
  {
    title: "restores nothing when the later of two first posts has a ttl",
    steps: [
      ["post", "1", 9],
      ["post with a ttl", "2", 1],
    ],
    left: "2",
  },
  {
    title: "restores what is posted while its first post with a ttl is in flight",
    steps: [
      ["post with a ttl", "1", 9],
      ["post", "2", 1],
    ],
    left: "2",
    again: "2",
  },
  {
    title: "removes what is posted for the first time when it is deleted at once",
    steps: [
      ["post", "1", 9],
      ["delete", "1", 1],
    ],
  },
  {
    title: "keeps what is posted while the last node is removed",
    steps: [
      ["post", "1", 1],
      ["delete", "1", 9],
      ["post", "2", 1],
    ],
    left: "2",
    again: "2",
  },
  {
    title: "keeps nothing that is removed twice during a post",
    steps: [
      ["post", "1", 1],
      ["delete", "1", 9],
      ["post", "2", 5],
      ["delete", "2", 1],
    ],
  },
];

describe("what applications post to the sidecar without a ttl", () => {
  for (const { title, steps, left, again } of cases)
    it(title, { timeout: 10_000 }, async () => {
      const registry = new Scripted();
      await using entries = new PermanentEntries(registry, silent);
      await Promise.all(
        steps.map(([action, version, turns]) => {
          registry.turns.set(`${action === "delete" ? action : "post"} ${version}`, turns);
          const options = action === "post with a ttl" ? { ttl: 60_000 } : {};
          if (action === "delete") return entries.deregister(service(version), {});
          return entries.register(service(version), options);
        }),
      );
      assert.equal(registry.entry?.version, left);
      await registry.told();
      registry.lose();
      await registry.told();
      assert.equal(registry.entry?.version, again);
    });

  it("is skipped if its request timed out while queued", { timeout: 10_000 }, async () => {
    const registry = new Scripted();
    await using entries = new PermanentEntries(registry, silent);
    registry.turns.set("post 1", 9);
    const posted = entries.register(service("1"), {});
    const gone = new AbortController();
    const late = entries.register(service("2"), { signal: gone.signal });
    gone.abort(new Error("too late"));
    await assert.rejects(late, /too late/);
    await posted;
    await registry.told();
    assert.equal(registry.entry?.version, "1");
  });

  it("is restored if it was removed elsewhere and posted again meanwhile", { timeout: 10_000 }, async () => {
    const registry = new Scripted();
    await using entries = new PermanentEntries(registry, silent);
    await entries.register(service("1"), {});
    await registry.told();
    await entries.register(service("1"), {});
    registry.push({ action: "delete", service: service("1") });
    await registry.told();
    registry.push({ action: "create", service: service("1") });
    await registry.told();
    registry.lose();
    await registry.told();
    assert.equal(registry.entry?.version, "1");
  });
});

/** A registry of one node that takes as long as the test says for each change. */
class Scripted implements Registry {
  readonly name = "scripted";
  readonly turns = new Map<string, number>();
  entry: Service | undefined;
  readonly #watches = new Set<(change: Change) => void>();

  async register(given: Service): Promise<void> {
    await this.#wait(`post ${given.version}`);
    if (this.entry && this.entry.version !== given.version)
      this.push({ action: "delete", service: this.entry });
    this.entry = given;
    this.push({ action: "create", service: given });
  }

  async deregister(given: Service): Promise<void> {
    await this.#wait(`delete ${given.version}`);
    if (this.entry) this.push({ action: "delete", service: this.entry });
    this.entry = undefined;
  }

  watch({ signal }: WatchOptions = {}): AsyncIterable<Change> {
    const follow = async (push: (change: Change) => void, stopped: AbortSignal) => {
      this.#watches.add(push);
      if (this.entry) push({ action: "create", service: this.entry });
      await once(stopped, "abort");
      this.#watches.delete(push);
    };
    return changeStream(follow, [signal]);
  }

  push(change: Change): void {
    for (const push of this.#watches) push(change);
  }

  /** As a Consul that starts with an empty state. */
  lose(): void {
    const lost = this.entry;
    this.entry = undefined;
    if (lost) this.push({ action: "delete", service: lost, doubtful: true });
  }

  /** Waits until all changes that were told were taken, and what follows from them is done. */
  async told(): Promise<void> {
    for (let n = 0; n < 50; n++) await turn();
  }

  async getService(): Promise<readonly Service[]> {
    return this.entry ? [this.entry] : [];
  }

  async listServices(): Promise<readonly Service[]> {
    return [];
  }

  async #wait(what: string): Promise<void> {
    for (let n = this.turns.get(what) ?? 1; n > 0; n--) await turn();
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

function service(version: string): Service {
  const node = { id: "foo-1", address: "10.0.0.1", port: 80, metadata: {} };
  return { name: "foo", version, metadata: {}, endpoints: [], nodes: [node] };
}
