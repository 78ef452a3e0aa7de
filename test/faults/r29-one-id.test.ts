import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { agent } from "../../src/agent/index.js";
import type { MicroError } from "../../src/core/errors.js";
import { type MicroService, service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { needs } from "../support/needs.js";
import { type Running, start } from "../support/programs/process.js";
import { startConsul } from "../support/servers/consul.js";
import { startEtcd } from "../support/servers/etcd.js";

type Server = AsyncDisposable & { readonly address: string };

/** How long a step may take on a loaded machine, where the promise itself is 2 s. */
const generous = 30_000;

oneId("consul", "a Consul agent", needs("consul"), startConsul);
oneId("consul", "the embedded agent", { skip: false }, () => agent({ address: "127.0.0.1:0" }));
oneId("etcd", "etcd", needs("etcd"), startEtcd);

function oneId(registry: string, at: string, options: { skip: string | false }, open: () => Promise<Server>) {
  describe(`R29: two processes with one id at ${at}`, options, () => {
    let server: Server;
    before(async () => {
      server = await open();
    });
    after(() => server[Symbol.asyncDispose]());

    it("lose no call while the one that started later serves, whatever happens to the other", async () => {
      await using rig = new OneId(registry, server.address);
      const first = await rig.node();
      await rig.calling(first);
      const second = await rig.node();
      await rig.calling(second);
      await first.output(/another process registered itself with this id/, generous);
      rig.forget();
      await first.kill();
      await rig.more(100);
      const third = await rig.node();
      await rig.calling(third);
      await second.output(/another process registered itself with this id/, generous);
      await second.kill("SIGTERM");
      await rig.more(100);
      assert.deepEqual(rig.lost, []);
      assert.deepEqual(
        rig.answered().slice(-100),
        Array.from({ length: 100 }, () => third.pid),
      );
      assert.doesNotMatch(third.stderr + third.stdout, /another process/);
    });

    it("lose none when the later one stops, and the calls after it was killed go to the other", async (t) => {
      await using rig = new OneId(registry, server.address);
      const first = await rig.node();
      await rig.calling(first);
      const second = await rig.node();
      await rig.calling(second);
      await first.output(/another process registered itself with this id/, generous);
      rig.forget();
      await second.kill("SIGTERM");
      await rig.calling(first);
      assert.deepEqual(rig.lost, []);
      const third = await rig.node();
      await rig.calling(third);
      await eventually(() => assert.equal(told(first), 2, "told once of each"), generous);
      await third.kill();
      const killed = performance.now();
      await rig.calling(first);
      t.diagnostic(`taken over after ${Math.round(performance.now() - killed)} ms`);
      rig.forget();
      await rig.more(100);
      assert.deepEqual(rig.lost, []);
      assert.equal(told(first), 2, "told once of each");
    });
  });
}

/** How often it logged that another process holds its entry. */
function told({ stdout, stderr }: Running): number {
  return (stdout + stderr).match(/another process/g)?.length ?? 0;
}

/** Processes of one service and id, and a caller that never stops. */
class OneId implements AsyncDisposable {
  readonly #env: NodeJS.ProcessEnv;
  readonly #nodes: Running[] = [];
  readonly #caller: MicroService;
  readonly #calls: { readonly node?: number; readonly error?: string }[] = [];
  #isOpen = true;
  #calling: Promise<void> | undefined;

  constructor(registry: string, address: string) {
    const env = { MICRO_REGISTRY: registry, MICRO_REGISTRY_ADDRESS: address };
    const id = `one-${process.hrtime.bigint()}`;
    // The default: those of the test's node are shorter, and callers on a loaded machine hear later.
    this.#env = { ...env, MICRO_SERVER_ID: id, MICRO_LOG_LEVEL: "info", MICRO_DRAIN_DELAY: "2s" };
    this.#caller = service({ name: "caller", argv: [], env });
  }

  /** Starts one more process, and resolves when it registered. */
  async node(): Promise<Running> {
    const args = ["--import", "tsx", "test/support/programs/greeter-node.ts"];
    const node = start(process.execPath, args, { env: this.#env });
    this.#nodes.push(node);
    await node.output(/"registered"|registered/, generous);
    return node;
  }

  /** Resolves when calls reach `node`. */
  async calling({ pid }: Running): Promise<void> {
    this.#calling ??= this.#call();
    await eventually(() => assert.equal(this.#calls.at(-1)?.node, pid), generous);
  }

  /** Resolves after so many further calls. */
  async more(count: number): Promise<void> {
    const enough = this.#calls.length + count;
    await eventually(() => assert.ok(this.#calls.length >= enough), generous);
  }

  get lost(): string[] {
    return this.#calls.flatMap(({ error }) => error ?? []);
  }

  answered(): number[] {
    return this.#calls.flatMap(({ node }) => node ?? []);
  }

  forget(): void {
    this.#calls.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    await this.#calling;
    await this.#caller.close();
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  async #call(): Promise<void> {
    while (this.#isOpen) {
      const call = this.#caller.client.call<{ node: number }>("go.micro.srv.greeter", "Say.Hello", {
        name: "J",
      });
      this.#calls.push(
        await call.then(
          ({ node }) => ({ node }),
          (error: MicroError) => ({ error: `${error.reason}: ${error.detail}` }),
        ),
      );
      await wait(5);
    }
  }
}
