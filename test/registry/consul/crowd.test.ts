import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import type { Service } from "../../../src/core/service.js";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";
import { encodeTags } from "../../../src/registry/consul/entries/tags.js";
import type { Change } from "../../../src/registry/registry.js";
import { eventually } from "../../../src/testing/eventually.js";
import { fakeConsul, sendRead } from "../../support/servers/consul-fake.js";

/** How a Consul handles `?filter=`: since 1.5, before that, and older embedded agents. */
type Filtering = "filters" | "ignores" | "refuses";

/** A Consul with services of one node each, whose queries wait as its own do. */
class Crowd {
  readonly #versions: Map<string, string>;
  readonly #failing = new Set<string>();
  readonly #ports = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #filtering: Filtering;
  /** Paths of the queries so far, with the expression of those that have one. */
  readonly asked: string[] = [];
  /** Queries that waited at one time. */
  mostWaiting = 0;
  #index = 1;

  constructor(services: number, filtering: Filtering = "filters") {
    this.#filtering = filtering;
    this.#versions = new Map(Array.from({ length: services }, (_, n) => [`s${n}`, "1"]));
  }

  answer(url: URL, response: ServerResponse): void {
    const path = url.pathname;
    const filter = url.searchParams.get("filter");
    this.asked.push(filter === null ? path : `${path} ${filter}`);
    if (filter !== null && this.#filtering === "refuses") {
      response.writeHead(400).end("?filter is not supported by this agent");
      return;
    }
    const read = () => sendRead(response, this.#index, this.#view(path, filter));
    if (Number(url.searchParams.get("index") ?? 0) !== this.#index) read();
    else this.#wait(path.startsWith("/v1/health/service/") ? path : this.#topic(path), response, read);
  }

  /** The service has other tags. */
  retag(name: string): void {
    this.#versions.set(name, "2");
    this.#changed("services", `/v1/health/service/${name}`);
  }

  /** The service's check fails. */
  fail(name: string): void {
    this.#failing.add(name);
    this.#changed("checks", `/v1/health/service/${name}`);
  }

  /** The service is elsewhere, with the same tags and the same check. */
  move(name: string): void {
    this.#ports.set(name, 2);
    this.#changed("services", `/v1/health/service/${name}`);
  }

  #changed(...topics: readonly string[]): void {
    this.#index += 1;
    for (const topic of topics) for (const read of this.#waiting.get(topic) ?? []) read();
  }

  #topic(path: string): string {
    return path === "/v1/catalog/services" ? "services" : "checks";
  }

  #wait(topic: string, response: ServerResponse, read: () => void): void {
    const waiting = this.#waiting.get(topic) ?? new Set();
    this.#waiting.set(topic, waiting.add(read));
    const all = [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0);
    this.mostWaiting = Math.max(this.mostWaiting, all);
    response.once("close", () => waiting.delete(read));
  }

  #view(path: string, filter: string | null): unknown {
    const names = [...this.#versions.keys()];
    if (path === "/v1/catalog/services")
      return Object.fromEntries(names.map((name) => [name, this.#tags(name)]));
    if (path !== "/v1/health/state/any") return [this.#instance(path.split("/").at(-1) ?? "")];
    const shown = (name: string) =>
      filter === null || this.#filtering === "ignores" || filter.includes(`ServiceName == "${name}"`);
    return names.filter(shown).map((name) => this.#check(name));
  }

  #tags(name: string): string[] {
    return encodeTags({ version: this.#versions.get(name) ?? "", metadata: {}, endpoints: [] });
  }

  #check(name: string): object {
    const Status = this.#failing.has(name) ? "critical" : "passing";
    return { Node: "n", CheckID: `service:${name}`, ServiceID: name, ServiceName: name, Status };
  }

  #instance(name: string): object {
    const Port = this.#ports.get(name) ?? 1;
    const Service = { ID: name, Service: name, Address: "10.0.0.1", Port, Tags: this.#tags(name) };
    return { Node: { Node: "n" }, Service, Checks: [this.#check(name)] };
  }
}

interface Watched {
  readonly crowd: Crowd;
  readonly known: ReadonlyMap<string, Service>;
}

/** Runs `then` once all that `names` watch (all services, without) is known. */
async function watched(
  crowd: Crowd,
  { names, known: expected }: { readonly names?: readonly string[]; readonly known: number },
  then: (watched: Watched) => Promise<void>,
): Promise<void> {
  await using consul = await fakeConsul((request, response) =>
    crowd.answer(new URL(request.url ?? "", "http://consul"), response),
  );
  await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
  const known = new Map<string, Service>();
  const follow = async (changes: AsyncIterable<Change>) => {
    for await (const { action, service } of changes)
      if (action !== "delete") known.set(service.name, service);
  };
  for (const service of names ?? [undefined]) void follow(registry.watch({ service, unhealthy: true }));
  await eventually(() => assert.equal(known.size, expected), 20_000);
  await then({ crowd, known });
}

const twenty = Array.from({ length: 20 }, (_, n) => `s${n * 10}`);
const changes: Readonly<
  Record<string, { act: (crowd: Crowd) => void; seen: (service: Service) => boolean }>
> = {
  "that its tags changed": { act: (crowd) => crowd.retag("s50"), seen: ({ version }) => version === "2" },
  "that its check fails": {
    act: (crowd) => crowd.fail("s50"),
    seen: ({ nodes }) => nodes[0]?.status === "critical",
  },
  "that only its address changed": {
    act: (crowd) => crowd.move("s50"),
    seen: ({ nodes }) => nodes[0]?.port === 2,
  },
};

describe("a watch of all services, more than Consul gives connections", () => {
  for (const [what, { act, seen }] of Object.entries(changes))
    it(`sees one ${what}, with two blocking queries`, async () => {
      await watched(new Crowd(220), { known: 220 }, async ({ crowd, known }) => {
        act(crowd);
        await eventually(() => assert.equal(seen(known.get("s50") as Service), true), 20_000);
        assert.ok(crowd.mostWaiting <= 2, `${crowd.mostWaiting} queries waited`);
      });
    });
});

describe("watches of twenty services among many", () => {
  for (const [what, { act, seen }] of Object.entries(changes))
    for (const filtering of ["filters", "ignores", "refuses"] as const)
      it(`see one ${what}, at a Consul that ${filtering} expressions`, async () => {
        const crowd = new Crowd(220, filtering);
        await watched(crowd, { names: twenty, known: 20 }, async ({ known }) => {
          act(crowd);
          await eventually(() => assert.equal(seen(known.get("s50") as Service), true), 20_000);
          assert.ok(crowd.mostWaiting <= 3, `${crowd.mostWaiting} queries waited`);
        });
      });

  it("ask for the checks of these twenty only", async () => {
    const crowd = new Crowd(220);
    await watched(crowd, { names: twenty, known: 20 }, async () => {
      const expression = ["", ...[...twenty].sort()].map((name) => `ServiceName == "${name}"`).join(" or ");
      await eventually(() => assert.equal(crowd.asked.includes(`/v1/health/state/any ${expression}`), true));
    });
  });

  for (const filtering of ["ignores", "refuses"] as const)
    it(`give up expressions where Consul ${filtering} them`, async () => {
      const crowd = new Crowd(220, filtering);
      await watched(crowd, { names: twenty, known: 20 }, async () => {
        await eventually(() => assert.equal(crowd.asked.includes("/v1/health/state/any"), true));
        const filtered = crowd.asked.filter((path) => path.includes("ServiceName")).length;
        crowd.fail("s0");
        await eventually(() => {
          const plain = crowd.asked.filter((path) => path === "/v1/health/state/any").length;
          assert.equal(plain > 1, true);
        });
        assert.equal(crowd.asked.filter((path) => path.includes("ServiceName")).length, filtered);
      });
    });
});
