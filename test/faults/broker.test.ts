import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Broker } from "../../src/broker/broker.js";
import { openBroker } from "../../src/broker/index.js";
import { openRegistry } from "../../src/registry/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { needs } from "../support/needs.js";
import { type Running, start } from "../support/programs/process.js";
import { startConsul } from "../support/servers/consul.js";
import { startNats } from "../support/servers/nats.js";
import { startRedis } from "../support/servers/redis.js";

const program = fileURLToPath(new URL("../support/programs/queue-member.ts", import.meta.url));
const total = 5000;

/** The members of queues, dead ones included: what they wrote counts. */
class Members implements AsyncDisposable {
  readonly #env: NodeJS.ProcessEnv;
  readonly #all: { readonly queue: string; readonly running: Running }[] = [];

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  async join(queue: string): Promise<Running> {
    const running = start(process.execPath, ["--import", "tsx", program], {
      env: { ...this.#env, QUEUE: queue },
    });
    this.#all.push({ queue, running });
    await running.output(/^ready$/m, 60_000);
    return running;
  }

  /** What a queue was given, in any order. */
  got(queue: string): string[] {
    const output = this.#all.filter((member) => member.queue === queue).map(({ running }) => running.stdout);
    return output.flatMap((text) => [...text.matchAll(/^got (\d+)$/gm)].map(([, number = ""]) => number));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { running } of this.#all) await running[Symbol.asyncDispose]();
  }
}

/** Publishes all numbers, some at a time, each until it is taken; `at` is called after so many. */
async function publishAll(broker: Broker, topic: string, at: Readonly<Record<number, () => Promise<void>>>) {
  let next = 0;
  const faults: Promise<void>[] = [];
  const worker = async () => {
    for (let number = next++; number < total; number = next++) {
      const fault = at[number];
      if (fault) faults.push(fault());
      const message = { header: {}, body: Buffer.from(String(number)) };
      await eventually(() => broker.publish(topic, message), 60_000);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  await Promise.all(faults);
}

function missing(got: readonly string[]): number {
  return total - new Set(got).size;
}

describe("a queue whose members are killed", needs("consul", "nats-server", "redis-server"), () => {
  async function check(
    env: NodeJS.ProcessEnv,
    broker: Broker,
    server?: () => Promise<void>,
  ): Promise<number> {
    const topic = "faults.killed";
    await using members = new Members({ ...env, TOPIC: topic });
    const first = await members.join("q");
    const second = await members.join("q");
    await members.join("q");
    const replace = async (member: Running) => {
      await member.kill();
      await members.join("q");
    };
    await publishAll(broker, topic, {
      1000: () => replace(first),
      2500: () => (server ?? (() => members.join("q").then(replace)))(),
      4000: () => replace(second),
    });
    await eventually(() => assert.equal(missing(members.got("q")), 0), 60_000);
    return members.got("q").length - total;
  }

  it("loses nothing over JetStream, with the server killed too", async (test) => {
    await using server = await startNats();
    const address = `nats://${server.address}?at_least_once=true`;
    await using broker = await openBroker("nats", { addresses: [address] });
    const again = await check({ BROKER: "nats", BROKER_ADDRESS: address }, broker, () => server.restart());
    test.diagnostic(`${again} of ${total} delivered again`);
  });

  it("loses nothing over Redis streams, with the server killed too", async (test) => {
    await using server = await startRedis();
    const address = `redis://${server.address}?at_least_once=true`;
    await using broker = await openBroker("redis", { addresses: [address] });
    const again = await check({ BROKER: "redis", BROKER_ADDRESS: address }, broker, () => server.restart());
    test.diagnostic(`${again} of ${total} delivered again`);
  });

  it("moves messages in flight to the next member over the HTTP broker", async (test) => {
    await using consul = await startConsul();
    await using registry = await openRegistry("consul", { addresses: [consul.address] });
    await using broker = await openBroker("http", { registry });
    const again = await check({ BROKER: "http", REGISTRY_ADDRESS: consul.address }, broker);
    test.diagnostic(`${again} of ${total} delivered again`);
  });
});

describe("queues without faults", needs("consul"), () => {
  it(`are given ${total} messages each exactly once over the HTTP broker`, async () => {
    await using consul = await startConsul();
    await using registry = await openRegistry("consul", { addresses: [consul.address] });
    await using broker = await openBroker("http", { registry });
    await using members = new Members({
      BROKER: "http",
      REGISTRY_ADDRESS: consul.address,
      TOPIC: "faults.none",
    });
    for (const queue of ["red", "red", "green"]) await members.join(queue);
    await publishAll(broker, "faults.none", {});
    for (const queue of ["red", "green"]) {
      // acknowledged is not yet read from the member's output
      await eventually(() => assert.equal(members.got(queue).length, total, queue), 20_000);
      assert.equal(missing(members.got(queue)), 0, queue);
    }
  });
});
