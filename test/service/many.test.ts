import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import type { Registry } from "../../src/registry/registry.js";
import { type MicroService, service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { System } from "../support/programs/system.js";

const count = 15;
const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;

describe("many services and watchers in one process", () => {
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error) => warnings.push(`${name}: ${message}`);

  beforeEach(() => {
    warnings.length = 0;
    process.on("warning", onWarning);
  });

  afterEach(() => process.off("warning", onWarning));

  async function noWarning(): Promise<void> {
    // They come with the next tick, or with a later one when another comes first.
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(warnings, []);
  }

  it("run beside each other, each until it is closed, and leave no listener behind", async () => {
    await using registry = new MemoryRegistry();
    const before = process.listenerCount("SIGTERM");
    const services = Array.from({ length: count }, (_, i) => named(`go.micro.srv.s${i}`, registry));
    const running = services.map((each) => each.run());
    await eventually(async () => assert.equal((await registry.listServices()).length, count));
    assert.equal(process.listenerCount("SIGTERM"), before + 1);
    await Promise.all(services.map((each) => each.close()));
    await Promise.all(running);
    assert.equal(process.listenerCount("SIGTERM"), before);
    await noWarning();
  });

  for (const kind of ["memory", "consul"])
    it(`are called by one client, which watches all of them in ${kind}`, async () => {
      await using system = await System.open();
      await using memory = new MemoryRegistry();
      const make = (name: string) =>
        kind === "memory" ? named(name, memory) : answering(system.service(name));
      const services = Array.from({ length: count }, (_, i) => make(`go.micro.srv.w${i}`));
      await Promise.all(services.map((each) => each.start()));
      await using caller = make("go.micro.srv.caller");
      const subscriptions = await Promise.all(
        Array.from({ length: count }, (_, i) => caller.broker.subscribe(`topic.${i}`, async () => {})),
      );
      for (const { name } of services) await caller.client.call(name, "Say.Hello", {});
      await noWarning();
      await Promise.all(subscriptions.map((each) => each.close()));
      await caller.close();
      await Promise.all(services.map((each) => each.close()));
      await noWarning();
    });

  it("are watched on one registry by many, under one signal", async () => {
    await using system = await System.open();
    await using memory = new MemoryRegistry();
    for (const registry of [memory, system.service("go.micro.srv.watcher").registry] as Registry[]) {
      const stop = new AbortController();
      const watching = Array.from({ length: count }, (_, i) =>
        drain(registry, `go.micro.srv.x${i}`, stop.signal),
      );
      await registry.listServices();
      stop.abort();
      await Promise.all(watching);
    }
    await noWarning();
  });
});

function named(name: string, registry: Registry): MicroService {
  return answering(service({ ...quick, name, registry }));
}

function answering(made: MicroService): MicroService {
  made.handle("Say.Hello", {}, () => ({}));
  return made;
}

async function drain(registry: Registry, service: string, signal: AbortSignal): Promise<void> {
  for await (const _ of registry.watch({ service, signal }));
}
