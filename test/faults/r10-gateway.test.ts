import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { describe, it } from "node:test";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { eventually } from "../../src/testing/eventually.js";
import { Gateways } from "../support/gateway.js";

const body = '{"service":"go.micro.srv.greeter","method":"Say.Hello","request":{"name":"John"}}';
const headers = { "Content-Type": "application/json", "Content-Length": body.length };

/** Callers behind a balancer that asks each gateway whether it is ready. */
class Load {
  readonly failures: string[] = [];
  answered = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #addresses: readonly string[];
  readonly #ready = new Set<string>();
  #stopped = false;

  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  async run(callers: number): Promise<void> {
    await Promise.all(this.#addresses.map((address) => this.#look(address)));
    const balancing = this.#balance();
    await Promise.all(Array.from({ length: callers }, (_, i) => this.#caller(i)));
    await balancing;
    this.#agent.destroy();
  }

  async #balance(): Promise<void> {
    while (!this.#stopped) {
      await Promise.all(this.#addresses.map((address) => this.#look(address)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #look(address: string): Promise<void> {
    const status = await this.#send(address, "GET", "/health/ready").catch(() => 0);
    if (status === 200) this.#ready.add(address);
    else this.#ready.delete(address);
  }

  sees(address: string): boolean {
    return this.#ready.has(address);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #caller(start: number): Promise<void> {
    for (let n = start; !this.#stopped; n++) {
      await this.#call(n).catch((error: Error) => this.failures.push(error.message));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #call(n: number): Promise<void> {
    const ready = [...this.#ready];
    const status = await this.#send(ready[n % ready.length] ?? "", "POST", "/rpc");
    if (status !== 200) throw new Error(`status ${status}`);
    this.answered++;
  }

  #send(address: string, method: string, path: string): Promise<number> {
    const [host, port] = address.split(":");
    return new Promise((resolve, reject) => {
      const options = {
        host,
        port,
        path,
        method,
        ...(method === "POST" ? { headers, agent: this.#agent } : { agent: false as const }),
      };
      const asked = request(options, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0)).on("error", reject);
      });
      asked.on("error", reject).end(method === "POST" ? body : undefined);
    });
  }
}

describe("R10: rolling restart of backends and gateways under load", () => {
  it("loses no call", async () => {
    await using gateways = new Gateways();
    const backend = () => {
      const made = gateways.service("go.micro.srv.greeter", { drainDelay: 200 });
      made.handle("Say.Hello", {}, async (asked) => {
        await new Promise((resolve) => setTimeout(resolve, 3));
        return { msg: `Hello ${(asked as { name: string }).name}` };
      });
      return gateways.run(made);
    };
    const backends = [await backend(), await backend(), await backend()];
    const open: HttpServer[] = [await gateways.open(), await gateways.open()];
    const load = new Load(open.map(({ address }) => address));
    const running = load.run(8);
    const until = async (more: number) => {
      const goal = load.answered + more;
      const isThere = () => load.answered >= goal || load.failures.length > 0;
      await eventually(() => assert.equal(isThere(), true, `${load.answered} of ${goal} answered`), 30_000);
    };
    await until(100);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < backends.length; i++) {
        await backends[i]?.();
        await until(50);
        backends[i] = await backend();
      }
      for (const [i, gateway] of open.entries()) {
        const { address } = gateway;
        await gateway.drain({ delay: 1000 });
        await gateway.close();
        await until(50);
        open[i] = await gateways.open({ address });
        await eventually(() => assert.equal(load.sees(address), true, "a gateway is ready again"), 30_000);
      }
    }
    await until(100);
    load.stop();
    await running;
    assert.deepEqual(load.failures, []);
    assert.ok(load.answered > 800, `${load.answered}`);
  });
});
