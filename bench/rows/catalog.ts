import { Agent, request } from "node:http";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { encodeTags } from "../../src/registry/consul/entries/tags.js";
import type { Change } from "../../src/registry/registry.js";
import { ratio } from "../race.js";
import type { Measured } from "../report.js";
import { spread } from "../statistics.js";

const services = 1000;
const nodes = 3;
/** Services per transaction: Consul allows 64 operations. */
const together = 10;
const changes = 15;

/** A catalog of a whole Consul: time to fill it, compared with reading everything, and time to show a change. */
export async function catalog(address: string, rounds: number): Promise<Measured[]> {
  const consul = new Consul(address);
  await consul.fill();
  const reading: number[] = [];
  const filling: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const read = await consul.readAll();
    const full = await filled(address, async () => {});
    if (round < 0) continue;
    reading.push(read);
    filling.push(full);
  }
  const seen: number[] = [];
  await filled(address, async (next) => {
    for (let change = 1; change <= changes; change++) seen.push(await sees(consul, change, next));
  });
  consul.close();
  const what = `catalog of ${services} services × ${nodes} nodes in Consul`;
  const entries = [
    { name: "read and parsed through 16 connections", rates: reading, serverCpu: [] },
    { name: "catalog full", rates: filling, serverCpu: [] },
    { name: "change seen after Consul has it", rates: seen, serverCpu: [] },
  ];
  const ratios = [
    { of: "full / read", reached: ratio(filling, reading), atMost: 1.5 },
    { of: "change seen, ms", reached: spread(seen), atMost: 50 },
  ];
  return [{ goal: "P11", what, unit: "ms", entries, ratios }];
}

/** Resolves with the time of the next change for which `isIt` is true. */
type Next = (isIt: (change: Change) => boolean) => Promise<number>;

/** Milliseconds until a catalog of everything is full. Runs `then` with it. */
async function filled(address: string, then: (next: Next) => Promise<void>): Promise<number> {
  await using registry = new ConsulRegistry({ addresses: [address] }, {});
  await using live = new Catalog(registry);
  const began = performance.now();
  const names = new Set<string>();
  let hear: (change: Change) => void = () => {};
  const next: Next = (isIt) =>
    new Promise((resolve) => {
      hear = (change) => isIt(change) && resolve(performance.now());
    });
  const full = next(({ service }) => names.add(service.name).size === services);
  void (async () => {
    for await (const change of live.changes()) hear(change);
  })();
  const took = (await full) - began;
  await then(next);
  return took;
}

/** Milliseconds from Consul's response to a watch of one service until the catalog shows its new metadata. */
async function sees(consul: Consul, change: number, next: Next): Promise<number> {
  const n = Math.floor(Math.random() * services);
  const seen = next(
    ({ service }) =>
      service.name === name(n) && service.nodes.some(({ metadata }) => metadata.change === `${change}`),
  );
  const told = await consul.watch(n);
  await consul.transact([instance(n, 1, change)]);
  return Math.max(0, (await seen) - (await told()));
}

function name(n: number): string {
  return `go.micro.srv.s${n}`;
}

/** One node of a service as an operation of a transaction. */
function instance(n: number, node: number, change = 0): object {
  const Tags = encodeTags({
    version: "1.0.0",
    metadata: { server: "rpc", transport: "http", change: String(change) },
    endpoints: ["Say.Hello", "Debug.Health"].map((name) => ({
      name,
      request: null,
      response: null,
      metadata: {},
    })),
  });
  const Service = {
    ID: `${name(n)}-${node}`,
    Service: name(n),
    Address: "127.0.0.1",
    Port: 9000 + node,
    Tags,
  };
  return { Service: { Verb: "set", Node: "bench", Service } };
}

/** Consul's bare API, through 16 connections. */
class Consul {
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(address: string) {
    this.#address = address;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Registers all services. */
  async fill(): Promise<void> {
    await this.transact([{ Node: { Verb: "set", Node: { Node: "bench", Address: "127.0.0.1" } } }]);
    for (let first = 0; first < services; first += together) {
      const some = Array.from({ length: together }, (_, i) => first + i);
      await this.transact(some.flatMap((n) => Array.from({ length: nodes }, (_, node) => instance(n, node))));
    }
  }

  async transact(operations: readonly object[]): Promise<void> {
    await this.#ask("PUT", "/v1/txn", JSON.stringify(operations));
  }

  /** Milliseconds to read everything. */
  async readAll(): Promise<number> {
    const began = performance.now();
    const { body } = await this.#ask("GET", "/v1/catalog/services");
    const read = async (name: string) =>
      JSON.parse((await this.#ask("GET", `/v1/health/service/${name}`)).body);
    await Promise.all(Object.keys(JSON.parse(body)).map(read));
    return performance.now() - began;
  }

  /** Watches a service. Resolves with a promise of the time of its next change. */
  async watch(n: number): Promise<() => Promise<number>> {
    const path = `/v1/health/service/${name(n)}`;
    const { index } = await this.#ask("GET", path);
    const told = this.#ask("GET", `${path}?index=${index}&wait=10s`).then(() => performance.now());
    return () => told;
  }

  #ask(method: string, path: string, sent?: string): Promise<{ body: string; index: unknown }> {
    return new Promise((resolve, reject) => {
      const asked = request(`http://${this.#address}${path}`, { method, agent: this.#agent }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text) => {
          body += text;
        });
        response.on("end", () =>
          response.statusCode === 200
            ? resolve({ body, index: response.headers["x-consul-index"] })
            : reject(new Error(`${path}: ${response.statusCode} ${body}`)),
        );
      });
      asked.on("error", reject);
      asked.end(sent);
    });
  }
}
