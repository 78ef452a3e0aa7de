import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Service } from "../../src/core/service.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { readEntries } from "../../src/registry/consul/entries/health-response.js";
import { encodeTags } from "../../src/registry/consul/entries/tags.js";
import type { Change } from "../../src/registry/registry.js";
import { groupByVersion, healthy } from "../../src/registry/wire/group-by-version.js";
import { eventually } from "../../src/testing/eventually.js";
import { type FakeConsul, fakeConsul, sendRead } from "../support/servers/consul-fake.js";

/** What may happen to a service, or to the Consul that knows of it. */
type Step =
  | { readonly do: "put"; readonly node: number; readonly version: string; readonly critical: boolean }
  | { readonly do: "remove"; readonly node: number }
  | { readonly do: "wipe" | "back" | "cut" | "restart" | "fail" | "touch" | "wait" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("put" as const),
      node: fc.integer({ min: 0, max: 4 }),
      version: fc.constantFrom("1.0.0", "2.0.0"),
      critical: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("remove" as const), node: fc.integer({ min: 0, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("wipe", "back", "cut", "restart", "fail", "touch", "wait"),
    }),
  },
);

const history = fc.record({
  unhealthy: fc.boolean(),
  together: fc.boolean(),
  steps: fc.array(step, { minLength: 3, maxLength: 12 }),
});
interface History {
  readonly unhealthy: boolean;
  /** The service is one of many that are watched, by the lists that tell of all of them. */
  readonly together: boolean;
  readonly steps: readonly Step[];
}

const histories = 500;
const together = 25;

describe("R24: a watch of Consul", () => {
  it("adds up to a full read after any history", async () => {
    const seed = Number(process.env.SEED) || Date.now() % 2 ** 31;
    const sampled = fc.sample(history, { numRuns: histories, seed });
    for (let i = 0; i < sampled.length; i += together) {
      const batch = sampled.slice(i, i + together);
      await Promise.all(batch.map((one) => check(one, `SEED=${seed} ${JSON.stringify(one)}`)));
    }
  });

  for (const [name, steps] of Object.entries(known()))
    it(`survives ${name}`, async () => {
      for (const together of [false, true]) {
        await check({ unhealthy: false, together, steps }, name);
        await check({ unhealthy: true, together, steps }, name);
      }
    });
});

/** Histories that name what can go wrong. */
function known(): Record<string, readonly Step[]> {
  const put = (node: number): Step => ({ do: "put", node, version: "1.0.0", critical: false });
  return {
    "an index that goes back": [put(0), { do: "wait" }, { do: "back" }, { do: "remove", node: 0 }],
    "a restart with other content at the same index": [put(0), { do: "wait" }, { do: "restart" }, put(1)],
    "a Consul that lost everything": [put(0), put(1), { do: "wait" }, { do: "wipe" }, { do: "wait" }],
    "a connection that was cut while something changed": [put(0), { do: "wait" }, { do: "cut" }, put(1)],
    "an error in place of news": [put(0), { do: "wait" }, { do: "fail" }, put(1)],
  };
}

/** Plays `one` to a watch, and compares what the watch said with what Consul says in the end. */
async function check({ unhealthy, together, steps }: History, label: string): Promise<void> {
  const model = new Model();
  await using consul = await fakeConsul((request, response) => model.ask(request.url ?? "", response));
  await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
  const seen = new Map<string, Service>();
  const stop = new AbortController();
  const { signal } = stop;
  for (const service of together ? ["a", "b", "c"] : [])
    void apply(registry.watch({ service, signal }), new Map(), label);
  const watching = apply(registry.watch({ service: "x", unhealthy, signal }), seen, label);
  for (const one of steps) await model.play(one, consul);
  model.touch();
  await eventually(() => {
    const services = groupByVersion(readEntries(model.body(), { node: "fake", local: true }));
    const expected = unhealthy ? services : healthy(services);
    assert.deepEqual([...seen.values()].sort(byVersion), expected, label);
  }, 60_000);
  stop.abort();
  await watching;
}

/** Applies changes to nothing; each must fit what came before it. */
async function apply(
  changes: AsyncIterable<Change>,
  seen: Map<string, Service>,
  label: string,
): Promise<void> {
  for await (const { action, service } of changes) {
    const known = seen.get(service.version);
    assert.equal(known === undefined, action === "create", `${action} of ${service.version}: ${label}`);
    if (action === "update") assert.notDeepEqual(known, service, label);
    if (action === "delete") seen.delete(service.version);
    else seen.set(service.version, service);
  }
}

/** What a Consul knows of one service, with its index and those who wait for news. */
class Model {
  readonly #nodes = new Map<number, Instance>();
  readonly #waiting = new Map<ServerResponse, () => void>();
  #index = 100;
  #failing = false;

  ask(url: string, response: ServerResponse): void {
    const { searchParams, pathname } = new URL(url, "http://consul");
    const asked = searchParams.get("index");
    if (url.startsWith("/v1/status")) return void response.end('"leader"');
    if (this.#failing) {
      this.#failing = false;
      return void response.writeHead(500).end("rpc error");
    }
    const read = () => sendRead(response, this.#index, this.#view(pathname));
    if (asked !== null && Number(asked) >= this.#index) {
      this.#waiting.set(response, read);
      response.once("close", () => this.#waiting.delete(response));
    } else read();
  }

  body(): Instance[] {
    return [...this.#nodes.values()];
  }

  #view(path: string): unknown {
    const all = this.body();
    if (path === "/v1/catalog/services")
      return all.length === 0 ? {} : { x: [...new Set(all.flatMap(({ Service }) => Service.Tags))] };
    if (path === "/v1/health/state/any") return all.flatMap(({ Checks }) => Checks);
    return path === "/v1/health/service/x" ? all : [];
  }

  /** Moves the index, with or without a change. */
  touch(): void {
    this.#index += 1;
    this.#answer();
  }

  async play(one: Step, consul: FakeConsul): Promise<void> {
    if (one.do === "put") this.#nodes.set(one.node, instance(one));
    if (one.do === "remove") this.#nodes.delete(one.node);
    if (one.do === "put" || one.do === "remove" || one.do === "touch") this.touch();
    if (one.do === "wipe" || one.do === "back") this.#index = 10;
    if (one.do === "back") this.#answer();
    if (one.do === "wipe" || one.do === "restart") this.#nodes.clear();
    if (one.do === "restart") this.#nodes.set(4, instance({ node: 4, version: "2.0.0", critical: false }));
    if (one.do === "wipe" || one.do === "cut" || one.do === "restart") consul.hangUp();
    if (one.do === "fail") this.#failing = true;
    if (one.do === "wait") await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #answer(): void {
    for (const read of this.#waiting.values()) read();
    this.#waiting.clear();
  }
}

interface Instance {
  readonly Node: object;
  readonly Service: { readonly Tags: readonly string[]; readonly [member: string]: unknown };
  readonly Checks: readonly unknown[];
}

function instance(node: { node: number; version: string; critical: boolean }): Instance {
  const id = `x-${node.node}`;
  const metadata = { round: String(node.node) };
  return {
    Node: { Node: "fake", Address: "127.0.0.1" },
    Service: {
      ID: id,
      Service: "x",
      Address: "127.0.0.1",
      Port: 1000 + node.node,
      Tags: encodeTags({ version: node.version, metadata, endpoints: [] }),
    },
    Checks: [
      {
        Node: "fake",
        CheckID: `service:${id}`,
        ServiceID: id,
        ServiceName: "x",
        Status: node.critical ? "critical" : "passing",
      },
    ],
  };
}

function byVersion(a: Service, b: Service): number {
  return a.version < b.version ? -1 : 1;
}
