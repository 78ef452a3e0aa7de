import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { type Clock, sleep, systemClock, timeoutSignal } from "../../../src/core/time/clock.js";

const day = 24 * 3_600_000;

describe("the clock", () => {
  let now = 0;
  const pass = (time: number) => {
    now += time;
    mock.timers.tick(time);
  };

  beforeEach(() => {
    now = 1000;
    mock.timers.enable({ apis: ["setTimeout"] });
    mock.method(performance, "now", () => now);
  });

  afterEach(() => mock.reset());

  for (const days of [1, 24, 25, 30, 90])
    it(`wakes after ${days} days, and not before`, () => {
      let ran = 0;
      systemClock.schedule(days * day, () => ran++);
      for (let passed = 1; passed < days; passed++) {
        pass(day);
        assert.equal(ran, 0);
      }
      pass(day - 1);
      assert.equal(ran, 0);
      pass(1);
      assert.equal(ran, 1);
      pass(100 * day);
      assert.equal(ran, 1);
    });

  it("drops cancelled timers, in the first step and in a later one", () => {
    let ran = 0;
    const early = systemClock.schedule(60 * day, () => ran++);
    const late = systemClock.schedule(60 * day, () => ran++);
    early.cancel();
    for (let passed = 0; passed < 30; passed++) pass(day);
    late.cancel();
    for (let passed = 0; passed < 60; passed++) pass(day);
    assert.equal(ran, 0);
  });

  it("waits for ever for an infinite time", () => {
    let ran = 0;
    const endless = systemClock.schedule(Number.POSITIVE_INFINITY, () => ran++);
    for (let passed = 0; passed < 100; passed++) pass(day);
    assert.equal(ran, 0);
    endless.cancel();
  });

  it("sleeps until its time, or rejects with the reason of the signal", async () => {
    const slept = sleep(30 * day);
    for (let passed = 0; passed < 30; passed++) pass(day);
    await slept;
    const stop = new AbortController();
    const stopped = sleep(30 * day, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(stopped, /enough/);
    await assert.rejects(sleep(1, { signal: stop.signal }), /enough/);
  });

  it("aborts a signal after weeks, as one that times out", () => {
    const signal = timeoutSignal(30 * day);
    for (let passed = 1; passed < 30; passed++) pass(day);
    assert.equal(signal.aborted, false);
    pass(day);
    assert.equal((signal.reason as Error).name, "TimeoutError");
  });

  it("can be replaced", async () => {
    const asked: number[] = [];
    const clock: Clock = {
      now: () => 0,
      schedule(delay, task) {
        asked.push(delay);
        queueMicrotask(task);
        return { cancel() {} };
      },
    };
    await sleep(90 * day, { clock });
    const { promise, signal } = aborted(timeoutSignal(5, clock));
    await promise;
    assert.equal(signal.aborted, true);
    assert.deepEqual(asked, [90 * day, 5]);
  });
});

function aborted(signal: AbortSignal): { promise: Promise<unknown>; signal: AbortSignal } {
  return { signal, promise: new Promise((resolve) => signal.addEventListener("abort", resolve)) };
}
