import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "../../src/testing/eventually.js";
import { needs } from "../support/needs.js";
import { type Running, start } from "../support/programs/process.js";

const hour = 3600_000;
/** Milliseconds: nodes register for 3 s, so that each step outlasts what was registered before it. */
const step = 3500;

/** What the callers last said; times in milliseconds, those of calls on the monotonic clock. */
interface Told {
  readonly wall: number;
  readonly monotonic: number;
  readonly pids: readonly number[];
  readonly answered: number;
  readonly lost: readonly { readonly start: number; readonly reason: string }[];
  readonly changes: readonly string[];
}

/** A registry, nodes and callers that share one wall clock, which is not that of this machine. */
class Moved implements AsyncDisposable {
  readonly #folder: string;
  #program: Running | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Moved> {
    const moved = new Moved(await mkdtemp(join(tmpdir(), "micro-clock-")));
    await moved.setClock("+0");
    const preload = spawnSync("faketime", ["-m", "-f", "+0", "printenv", "LD_PRELOAD"], { encoding: "utf8" });
    const env = {
      LD_PRELOAD: preload.stdout.trim(),
      FAKETIME_TIMESTAMP_FILE: join(moved.#folder, "clock"),
      FAKETIME_CACHE_DURATION: "1",
      DONT_FAKE_MONOTONIC: "1",
    };
    const program = ["--import", "tsx", "test/support/clock-rig.ts"];
    moved.#program = start(process.execPath, program, { env, stdin: "pipe" });
    await moved.#program.output(/"answered":[1-9]/, 60_000);
    return moved;
  }

  /** What was said last. */
  get told(): Told {
    const lines = this.#program?.stdout.split("\n") ?? [];
    return JSON.parse(lines.at(-2) ?? "{}");
  }

  /** Moves the wall clock of all at once: `+3600` is an hour ahead of that of this machine. */
  async setClock(offset: string): Promise<void> {
    const file = join(this.#folder, "clock");
    await writeFile(`${file}.new`, `${offset}\n`);
    await rename(`${file}.new`, file);
  }

  /** Suspends all of them, as a machine that sleeps does, lets them go on, or ends them. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    const { pids = [] } = this.told;
    for (const pid of pids) process.kill(pid, signal);
    this.#program?.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#program?.child.stdin?.end();
    const late = setTimeout(() => this.signal("SIGKILL"), 30_000);
    await this.#program?.exited();
    clearTimeout(late);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

describe("R18: a wall clock that jumps, and a machine that is suspended", needs("faketime"), () => {
  it("cost no registration, and only the calls in flight at the suspension", async (t) => {
    await using moved = await Moved.open();
    for (const [offset, ahead] of [
      ["+3600", hour],
      ["-31536000", -365 * 24 * hour],
    ] as const) {
      await moved.setClock(offset);
      const isThere = () => {
        const late = moved.told.wall - Date.now() - ahead;
        assert.ok(Math.abs(late) < hour / 2, `${late} ms from where the clock was put`);
      };
      await eventually(isThere, 30_000);
      await wait(step);
      await goesOn(moved);
      assert.deepEqual(moved.told.lost, []);
    }
    const { monotonic } = moved.told;
    moved.signal("SIGSTOP");
    await wait(step + 2000);
    moved.signal("SIGCONT");
    await goesOn(moved);
    await wait(step);
    const { lost, changes } = moved.told;
    t.diagnostic(`${lost.length} of the 6 calls under way were lost`);
    assert.ok(lost.length <= 6, `${lost.length} lost`);
    const later = lost.filter(({ start }) => start > monotonic + 1000);
    assert.deepEqual(later, []);
    assert.deepEqual(changes, ["create"]);
  });
});

async function goesOn(moved: Moved): Promise<void> {
  const { answered } = moved.told;
  await eventually(() => assert.ok(moved.told.answered > answered + 100, "calls go on"), 30_000);
}
