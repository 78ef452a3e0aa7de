import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Metadata } from "../../src/core/service.js";
import { Gateways } from "../support/gateway.js";
import { type Running, start } from "../support/programs/process.js";

const service = "go.micro.api.app";

/** What came of a GET: its status, and the process that answered; nothing when its client left. */
interface Got {
  readonly status: number;
  readonly node: number;
  readonly body: string;
}

/** A gateway in front of three programs that speak plain HTTP. */
class Rig implements AsyncDisposable {
  readonly #gateways = new Gateways();
  readonly #agent = new Agent({ keepAlive: true });
  readonly nodes: Running[] = [];
  readonly ports: number[] = [];
  /** Clients of the last `load` that had waited for more than a second when it ended. */
  stuck = 0;
  #url = "";

  static async open(metadata: Metadata = { handler: "proxy" }): Promise<Rig> {
    const rig = new Rig();
    for (let i = 0; i < 3; i++) await rig.start(i);
    const nodes = rig.ports.map((port, i) => ({ id: `app-${i}`, address: "127.0.0.1", port, metadata }));
    await rig.#gateways.registry.register({
      name: service,
      version: "1",
      metadata: {},
      endpoints: [],
      nodes,
    });
    const http = await rig.#gateways.open({ handler: "proxy" });
    rig.#url = `http://${http.address}`;
    return rig;
  }

  /** Starts node `i`, again at its port. */
  async start(i: number): Promise<void> {
    const port = this.ports[i] ?? 0;
    const node = start(process.execPath, ["--import", "tsx", "test/support/programs/http-node.ts"], {
      env: { PORT: String(port) },
    });
    const said = await node.output(/port (\d+)/);
    this.ports[i] = Number(said[1]);
    this.nodes[i] = node;
  }

  get(query = "", signal?: AbortSignal): Promise<Got | undefined> {
    return ask(`${this.#url}/app/x${query}`, { agent: this.#agent, signal });
  }

  /** GETs of `clients`, each one after the other, until `done`; those that were not answered by then are given up. */
  async load(clients: number, done: Promise<unknown>): Promise<Got[]> {
    const all: Got[] = [];
    const stop = new AbortController();
    const since: number[] = [];
    const client = async (_: unknown, index: number) => {
      while (!stop.signal.aborted) {
        since[index] = performance.now();
        const got = await this.get("", stop.signal);
        if (got) all.push(got);
      }
    };
    const running = Array.from({ length: clients }, client);
    await done;
    this.stuck = since.filter((start) => performance.now() - start > 1000).length;
    stop.abort();
    await Promise.all(running);
    return all;
  }

  /** POSTs that each node was sent. */
  posts(): Promise<(string | undefined)[]> {
    return Promise.all(
      this.ports.map(async (port) => (await ask(`http://127.0.0.1:${port}/posts`, {}))?.body),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    for (const node of this.nodes) node.child.kill("SIGKILL");
    await this.#gateways[Symbol.asyncDispose]();
  }
}

function ask(url: string, options: object): Promise<Got | undefined> {
  return new Promise((resolve) => {
    get(url, options, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      answer.on("error", () => resolve(undefined));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, node: Number(answer.headers["x-node"]), body }),
      );
    }).on("error", () => resolve(undefined));
  });
}

describe("nodes that speak plain HTTP", () => {
  it("lose no GET when they are restarted in turn", async () => {
    await using rig = await Rig.open();
    const restarts = async () => {
      for (const i of [0, 1, 2, 0, 1, 2]) {
        rig.nodes[i]?.child.kill("SIGKILL");
        await wait(500);
        await rig.start(i);
        await wait(300);
      }
    };
    const all = await rig.load(20, restarts());
    assert.ok(all.length > 500, `${all.length} answers`);
    assert.deepEqual(
      all.filter(({ status }) => status !== 200),
      [],
    );
  });

  const kinds: readonly Metadata[] = [{ handler: "proxy" }, {}];
  for (const metadata of kinds)
    it(`return after a hang, without any probe request: ${JSON.stringify(metadata)}`, async () => {
      await using rig = await Rig.open(metadata);
      const hang = async () => {
        await wait(500);
        rig.nodes[1]?.child.kill("SIGSTOP");
        await wait(4000);
        rig.nodes[1]?.child.kill("SIGCONT");
        await wait(4000);
      };
      await rig.load(8, hang());
      // several at once: one alone may go to the fastest node each time
      const after = await rig.load(8, wait(3000));
      const share = after.filter(({ node }) => node === rig.nodes[1]?.child.pid).length / after.length;
      assert.ok(share > 0.1, `share of the node that hung: ${share}`);
      assert.deepEqual(await rig.posts(), ["0", "0", "0"]);
    });

  it("that hang affect few clients, although all were slow before", async () => {
    await using rig = await Rig.open();
    await Promise.all(Array.from({ length: 8 }, () => rig.get("?wait=3000")));
    rig.nodes[2]?.child.kill("SIGSTOP");
    // a gateway that chose it again and again would lose all 20 within the first second
    for (let round = 0; round < 2; round++) {
      const answered = await rig.load(20, wait(4000));
      assert.ok(rig.stuck <= 15, `${rig.stuck} of 20 clients wait for the node that hangs`);
      assert.ok(answered.length > 0, "the others are answered");
    }
  });
});
