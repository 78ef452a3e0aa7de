import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Changes } from "../../src/dev/changes.js";
import { MovedClock } from "../support/moved-clock.js";

/** A program whose sources change; `writes` is what it writes itself: so many milliseconds after each start, a file and its content. */
function watched(writes: readonly (readonly [after: number, path: string, content: () => string])[] = []) {
  const clock = new MovedClock();
  const restarts: string[] = [];
  const own: string[] = [];
  const contents = new Map<string, string>();
  const write = (path: string, content: string) => {
    contents.set(path, content);
    changes.see(path);
  };
  let run = 0;
  const start = () => {
    changes.started();
    const current = ++run;
    for (const [after, path, content] of writes)
      clock.schedule(after, () => current === run && write(path, content()));
  };
  const changes = new Changes({
    restart: (path) => {
      restarts.push(path);
      start();
    },
    own: (paths, after) => own.push(`${paths.join()} ${after}`),
    read: (path) => contents.get(path),
    clock,
  });
  start();
  let saves = 0;
  const save = (path: string) => write(path, `save ${saves++}`);
  return { clock, restarts, own, write, save, end: () => changes.ended() };
}

let stamps = 0;
const stamp = () => `// generated ${stamps++}`;

describe("changes of sources", () => {
  it("restart once for files that are written together", async () => {
    const { clock, restarts, save } = watched();
    for (const path of ["a.js", "b.js", "a.js"]) {
      save(path);
      await clock.pass(100);
    }
    assert.deepEqual(restarts, []);
    await clock.pass(50);
    assert.deepEqual(restarts, ["a.js"]);
  });

  it("restart within about a second where something is written all the time", async () => {
    const { clock, restarts, save } = watched();
    for (let time = 0; time <= 1200; time += 100) {
      save("a.js");
      await clock.pass(100);
    }
    assert.equal(restarts.length, 1);
  });

  it("are none where a file holds what it held at the last start, also when it was empty in between", async () => {
    const { clock, restarts, write } = watched();
    write("a.js", "one");
    await clock.pass(150);
    assert.equal(restarts.length, 1);
    await clock.pass(3000);
    write("a.js", "one");
    await clock.pass(1000);
    write("a.js", "");
    await clock.pass(100);
    write("a.js", "one");
    await clock.pass(1000);
    assert.equal(restarts.length, 1);
    write("a.js", "two");
    await clock.pass(150);
    write("a.js", "one");
    await clock.pass(150);
    assert.equal(restarts.length, 3);
  });

  for (const after of [300, 3000, 40_000]) {
    it(`of what a program writes ${after} ms after each start end soon where it writes the same`, async () => {
      const { clock, restarts, own } = watched([[after, "gen.js", () => "same"]]);
      await clock.pass(20 * after);
      assert.deepEqual([restarts.length, own], [after < 2000 ? 2 : 1, []]);
    });

    it(`of what a program writes ${after} ms after each start end, and are told of once, where it writes anew`, async () => {
      const { clock, restarts, own, save } = watched([[after, "gen.js", stamp]]);
      await clock.pass(6 * (after + 150) + 2000);
      assert.equal(restarts.length, 5, "four, and one for what was written last");
      assert.deepEqual(own, [`gen.js ${after}`]);
      await clock.pass(20 * after);
      assert.equal(restarts.length, 5);
      save("a.js");
      await clock.pass(20 * after);
      assert.deepEqual(restarts.slice(5), ["a.js"]);
    });
  }

  it("restart once more for a file that is written again while the program loads, which may have read the half of it", async () => {
    const { clock, restarts, write } = watched();
    for (const expected of [1, 2, 2]) {
      write("a.js", "one");
      await clock.pass(1000);
      assert.equal(restarts.length, expected);
    }
  });

  it("restart a program that has ended also for a file that holds the same, and end where it writes that itself", async () => {
    const { clock, restarts, write, end } = watched();
    for (const pause of [3000, 9000, 2500]) {
      end();
      write("a.js", "one");
      await clock.pass(pause);
    }
    assert.equal(restarts.length, 3);
    const writing = watched([[300, "gen.js", () => "same"]]);
    for (let time = 0; time < 100; time++) {
      await writing.clock.pass(100);
      if (time % 5 === 3) writing.end();
    }
    assert.equal(writing.restarts.length, 5);
  });

  it("of a program that writes several files, twice in each run, or again and again, end too", async () => {
    const several = [
      [1000, "a.js", stamp],
      [1000, "b.js", stamp],
      [3500, "a.js", stamp],
    ] as const;
    const endless = Array.from({ length: 200 }, (_, time) => [(time + 1) * 1500, "c.js", stamp] as const);
    for (const writes of [several, endless]) {
      const { clock, restarts, own } = watched(writes);
      await clock.pass(100_000);
      const before = restarts.length;
      assert.ok(before <= 10, `${before}`);
      await clock.pass(100_000);
      assert.equal(restarts.length, before);
      assert.ok(own.length <= 2);
    }
  });

  it("run what somebody saves in a file that the program writes, at any time of theirs", async () => {
    const { clock, restarts, save } = watched([[3000, "gen.js", stamp]]);
    await clock.pass(30_000);
    const before = restarts.length;
    save("gen.js");
    await clock.pass(150);
    assert.equal(restarts.length, before + 1);
  });

  it("restart for everything that people save", async () => {
    const { clock, restarts, own, save } = watched();
    const pauses = [1200, 2500, 900, 8000, 1300, 2100, 4000, 700, 30_000, 2200, 1000, 5000];
    for (const pause of pauses) {
      await clock.pass(pause);
      save("a.js");
      await clock.pass(150);
    }
    assert.deepEqual([restarts.length, own], [pauses.length, []]);
  });

  it("run what was saved last where somebody saves at the same time after each start, and all that is saved twice", async () => {
    const { clock, restarts, own, save } = watched();
    for (let time = 0; time < 5; time++) {
      await clock.pass(850);
      save("a.js");
      await clock.pass(150);
    }
    assert.deepEqual([restarts.length, own.length], [4, 1]);
    await clock.pass(2000);
    assert.equal(restarts.length, 5);
    await clock.pass(1000);
    save("a.js");
    await clock.pass(1500);
    save("a.js");
    await clock.pass(150);
    assert.equal(restarts.length, 6);
  });
});
