import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeState } from "../../src/selector/node-state.js";
import { leastOutstanding } from "../../src/selector/strategies.js";
import { MovedClock } from "../support/moved-clock.js";

/** Numbers from 0 to 1, the same for the same seed. Source: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The calls that each of `nodes` got of one caller that makes one after the other. */
async function shares(
  random: () => number,
  nodes: number,
  calls: number,
  factor = 1,
): Promise<readonly number[]> {
  const clock = new MovedClock();
  const states = Array.from({ length: nodes }, () => new NodeState());
  const counts = new Array<number>(nodes).fill(0);
  const list = states.map((_, i) => ({ id: String(i), address: "127.0.0.1", port: 1 + i, metadata: {} }));
  const service = { name: "app", version: "1", metadata: {}, endpoints: [], nodes: list };
  const next = leastOutstanding(({ id }) => states[Number(id)] ?? assert.fail(), clock)([service]);
  for (let call = 0; call < calls; call++) {
    const index = Number(next().id);
    const state = states[index] ?? assert.fail();
    // The first call of a node dials, and one in a hundred meets a pause of the machine.
    const first = counts[index] === 0;
    const odd = first ? 5 + 25 * random() : random() < 0.01 ? 5 + 15 * random() : 0;
    const duration = (0.4 + 0.4 * random()) * (index === 0 ? factor : 1) + odd;
    state.sent(clock.now());
    await clock.pass(duration);
    state.answered(clock.now(), duration);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

describe("equal nodes", () => {
  for (const nodes of [2, 3, 5])
    it(`share the calls that one caller makes one after the other: ${nodes} nodes`, async (t) => {
      const least: number[] = [];
      for (let seed = 1; seed <= 20; seed++) {
        const random = seeded(seed);
        t.mock.method(Math, "random", random);
        const counts = await shares(random, nodes, 100 * nodes);
        t.mock.restoreAll();
        least.push(Math.min(...counts));
        assert.ok(Math.max(...counts) <= 180, `seed ${seed}: ${counts}`);
      }
      const usual = least.reduce((sum, count) => sum + count, 0) / least.length;
      assert.ok(usual >= 50, `the least of 100: ${least}`);
    });

  it("get more than one that is slower", async (t) => {
    const random = seeded(1);
    t.mock.method(Math, "random", random);
    const [slow = 0] = await shares(random, 3, 1000, 20);
    assert.ok(slow < 50, String(slow));
  });

  it("get equal shares of any number of concurrent calls", async () => {
    const clock = new MovedClock();
    const states = Array.from({ length: 2 }, () => new NodeState());
    const nodes = states.map((_, i) => ({ id: String(i), address: "127.0.0.1", port: 1 + i, metadata: {} }));
    const service = { name: "app", version: "1", metadata: {}, endpoints: [], nodes };
    const next = leastOutstanding(({ id }) => states[Number(id)] ?? assert.fail(), clock)([service]);
    for (let call = 0; call < 1000; call++) states[0]?.sent(clock.now());
    for (let call = 0; call < 1000; call++) states[Number(next().id)]?.sent(clock.now());
    assert.deepEqual(
      states.map(({ outstanding }) => outstanding),
      [1000, 1000],
    );
  });
});
