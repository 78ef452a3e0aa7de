import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Clock, type Scheduled, systemClock } from "../../src/core/time/clock.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { Registry } from "../../src/registry/registry.js";
import { service } from "../../src/service/index.js";

const name = "go.micro.srv.patient";
const months = ["--client_request_timeout=2000h", "--register_ttl=6000h", "--register_interval=2000h"];
const argv = [...months, "--drain_timeout=2000h", "--client_pool_ttl=2000h"];

/** Counts what a service registers. */
class Counting extends MemoryRegistry {
  registrations = 0;

  override register(...args: Parameters<Registry["register"]>): Promise<void> {
    this.registrations++;
    return super.register(...args);
  }
}

/** The clock of the machine, which keeps what it was asked to wait. */
class Noting implements Clock {
  readonly delays: number[] = [];

  now(): number {
    return systemClock.now();
  }

  schedule(...args: Parameters<Clock["schedule"]>): Scheduled {
    this.delays.push(args[0]);
    return systemClock.schedule(...args);
  }
}

describe("durations of months", () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => warnings.push(name);

  beforeEach(() => {
    warnings.length = 0;
    process.on("warning", onWarning);
  });

  afterEach(() => process.off("warning", onWarning));

  for (const transport of ["http", "memory"])
    for (const idempotent of [true, false])
      it(`let an ${idempotent ? "idempotent" : "ordinary"} call over ${transport} have its time`, async () => {
        await using registry = new Counting();
        const clock = new Noting();
        const options = {
          broker: "memory",
          registry,
          transport,
          env: {},
          argv,
          drainDelay: 0,
          clock,
        } as const;
        await using patient = service({ ...options, name });
        patient.handle("Say.Hello", {}, async (_, { deadline }) => {
          await new Promise((resolve) => setTimeout(resolve, 30));
          return { hours: deadline.left() / 3_600_000 };
        });
        await patient.start();
        const { client } = patient;
        const { hours } = await client.call<{ hours: number }>(name, "Say.Hello", {}, { idempotent });
        // The frames of mux have 32 bits of milliseconds, seven weeks.
        assert.ok(hours > 1000 && hours <= 2000, `${hours} hours left`);
        assert.equal(registry.registrations, 1);
        assert.ok(clock.delays.includes(2000 * 3_600_000), `waits for ${clock.delays}`);
        await new Promise((resolve) => setImmediate(resolve));
        assert.deepEqual(warnings, []);
      });

  it("and of zero do not flood the registry", async () => {
    await using registry = new Counting();
    const clock = new Noting();
    for (const [ttl, interval, least] of [
      ["0s", "0s", Number.POSITIVE_INFINITY],
      ["1ns", "10s", 50],
      ["30s", "0s", 10_000],
    ] as const) {
      const flags = [`--register_ttl=${ttl}`, `--register_interval=${interval}`];
      const options = { broker: "memory", registry, env: {}, argv: flags, drainDelay: 0, clock } as const;
      await using quick = service({ ...options, name });
      clock.delays.length = 0;
      await quick.start();
      assert.equal(clock.delays[0], least);
    }
  });

  it("are refused below zero", () => {
    for (const flag of ["client_request_timeout", "register_ttl", "drain_delay", "drain_timeout"])
      assert.throws(() => service({ name, env: {}, argv: [`--${flag}=-5s`] }), {
        code: 400,
        reason: "BAD_FLAG_VALUE",
        detail: new RegExp(`--${flag} "-5s"`),
      });
  });
});
