import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Histogram } from "../../../src/cli/bench/histogram.js";
import { allowed, allowedErrors } from "../../../src/cli/bench/limits.js";
import { Load } from "../../../src/cli/bench/load.js";
import { benchReport } from "../../../src/cli/bench/report.js";
import { unavailable } from "../../../src/core/errors.js";

const { signal } = new AbortController();
const forever = Number.POSITIVE_INFINITY;

describe("micro bench", () => {
  it("knows percentiles to 1.6 %, the ends and the mean exactly", () => {
    const histogram = new Histogram();
    for (let i = 1; i <= 10_000; i++) histogram.record(i / 100);
    assert.equal(histogram.min, 0.01);
    assert.equal(histogram.max, 100);
    assert.ok(Math.abs(histogram.mean - 50.005) < 1e-6);
    for (const percent of [50, 90, 99, 99.9]) {
      const found = histogram.percentile(percent);
      assert.ok(found >= percent && found <= percent * 1.017, `${percent}: ${found}`);
    }
    assert.equal(
      histogram.doublings().reduce((sum, { count }) => sum + count, 0),
      10_000,
    );
  });

  it("says nothing but zeros of no requests", () => {
    const histogram = new Histogram();
    assert.deepEqual([histogram.min, histogram.mean, histogram.percentile(99), histogram.max], [0, 0, 0, 0]);
    assert.deepEqual(histogram.doublings(), []);
  });

  it("makes as many requests as asked, so many at a time, and counts errors by code", async () => {
    let underWay = 0;
    let most = 0;
    let number = 0;
    const once = async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      if (++number % 10 === 0) throw unavailable("test", "full");
      return "node-1";
    };
    const result = await new Load(once, { concurrency: 4, duration: forever, requests: 100, signal }).run();
    assert.equal(most, 4);
    assert.equal(result.requests, 100);
    assert.equal(result.ok, 90);
    assert.deepEqual(result.errors, { 503: 10 });
    assert.deepEqual(result.nodes, { "node-1": 90 });
    const report = benchReport({ service: "s", method: "A.B", concurrency: 4 }, result);
    assert.ok(report.latency_ms.p50 <= report.latency_ms.max && report.rate > 0);
  });

  it("counts latency from when a request was due, so that a stall is not left out", async () => {
    let number = 0;
    const once = async () => {
      if (++number === 1) await new Promise((resolve) => setTimeout(resolve, 300));
      return undefined;
    };
    const options = { concurrency: 1, duration: forever, requests: 30, rate: 100, signal };
    const { latency, requests } = await new Load(once, options).run();
    assert.equal(requests, 30);
    // Without the correction one request of thirty would have been slow, and the median next to nothing.
    assert.ok(latency.percentile(50) > 50, `median ${latency.percentile(50)}`);
  });

  it("ends at its time, and at once when it is interrupted", async () => {
    const once = () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1));
    const options = { concurrency: 2, requests: forever };
    const { duration } = await new Load(once, { ...options, duration: 50, signal }).run();
    assert.ok(duration >= 50);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await assert.rejects(
      new Load(once, { ...options, duration: forever, signal: stop.signal }).run(),
      /enough/,
    );
  });

  it("reads the share of errors that it forgives", () => {
    assert.equal(allowedErrors(), 0);
    assert.equal(allowedErrors("0.5%"), 0.005);
    for (const text of ["101%", "x", "-1%"])
      assert.throws(() => allowedErrors(text), { code: "BAD_FLAG_VALUE" });
  });

  it("puts load on other machines only when told to", async () => {
    const node = { id: "a-1", address: "10.0.0.7", port: 9000, metadata: {} };
    const services = [{ name: "a", version: "1", metadata: {}, endpoints: [], nodes: [node] }];
    const terminal = { interactive: false } as Parameters<typeof allowed>[2];
    await assert.rejects(allowed(services, {}, terminal), { code: "USAGE" });
    await allowed(services, { yes: true }, terminal);
    await allowed([{ ...services[0], nodes: [{ ...node, address: "127.0.0.1" }] } as never], {}, terminal);
  });
});
