import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Changes } from "../../src/dev/changes.js";
import { MovedClock } from "../support/moved-clock.js";

function watched() {
  const clock = new MovedClock();
  const restarts: string[] = [];
  const own: string[] = [];
  let start: number | undefined = clock.now();
  const changes = new Changes(
    (path) => {
      restarts.push(path);
      start = clock.now();
    },
    (path) => own.push(path),
    clock,
  );
  return {
    clock,
    restarts,
    own,
    see: (path: string) => changes.see(path, start),
    end: () => {
      start = undefined;
    },
  };
}

describe("changes of sources", () => {
  it("restart once for files that are written together", async () => {
    const { clock, restarts, see } = watched();
    for (const path of ["a.js", "b.js", "a.js"]) {
      see(path);
      await clock.pass(100);
    }
    assert.deepEqual(restarts, []);
    await clock.pass(50);
    assert.deepEqual(restarts, ["a.js"]);
  });

  it("restart within about a second where something is written all the time", async () => {
    const { clock, restarts, see } = watched();
    for (let time = 0; time <= 1200; time += 100) {
      see("a.js");
      await clock.pass(100);
    }
    assert.equal(restarts.length, 1);
  });

  it("stop for a file that is written right after each start, and say so once", async () => {
    const { clock, restarts, own, see } = watched();
    for (let start = 0; start < 6; start++) {
      await clock.pass(300);
      see("gen.js");
      await clock.pass(600);
    }
    assert.deepEqual([restarts.length, own], [2, ["gen.js"]]);
    see("a.js");
    await clock.pass(150);
    assert.equal(restarts.length, 3);
    await clock.pass(2000);
    assert.equal(restarts.length, 4, "once more for what was written last");
    see("gen.js");
    await clock.pass(11_000);
    assert.equal(restarts.length, 4);
    see("gen.js");
    await clock.pass(150);
    assert.deepEqual([restarts.length, own], [5, ["gen.js"]]);
  });

  it("run what people saved last, also where they save right after each start", async () => {
    const { clock, restarts, see } = watched();
    for (let save = 0; save < 8; save++) {
      await clock.pass(850);
      see("a.js");
    }
    const before = restarts.length;
    await clock.pass(2000);
    assert.equal(restarts.length, before + 1);
    await clock.pass(5000);
    see("a.js");
    await clock.pass(150);
    assert.equal(restarts.length, before + 2);
  });

  it("restart for everything that people save, however often", async () => {
    const { clock, restarts, own, see } = watched();
    for (let save = 0; save < 10; save++) {
      await clock.pass(1200);
      see("a.js");
      await clock.pass(150);
    }
    assert.deepEqual([restarts.length, own], [10, []]);
  });

  it("are never those of a program that does not run", async () => {
    const { clock, restarts, own, see, end } = watched();
    for (let save = 0; save < 10; save++) {
      end();
      see("a.js");
      await clock.pass(200);
    }
    assert.deepEqual([restarts.length, own], [10, []]);
  });
});
