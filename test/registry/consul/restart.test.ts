import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";
import { encodeTags } from "../../../src/registry/consul/entries/tags.js";
import type { Change } from "../../../src/registry/registry.js";
import { eventually } from "../../../src/testing/eventually.js";
import { fakeConsul, sendRead } from "../../support/servers/consul-fake.js";

/** A Consul that loses its state when it restarts, with one instance of each service that is asked for. */
class Restarted {
  #index = 100;
  #lost = false;
  /** Paths of blocking queries, which are answered at once although nothing has changed, until the restart. */
  readonly asked: string[] = [];

  answer(url: URL, response: ServerResponse): void {
    const index = Number(url.searchParams.get("index") ?? 0);
    const read = () => sendRead(response, this.#index, this.#view(url.pathname));
    if (index > 0) this.asked.push(url.pathname);
    if (index < this.#index || !this.#lost) read();
    else setTimeout(read, 20_000).unref();
  }

  /** Comes back without its state, at a lower index. Connections stay, so that nothing else tells. */
  restart(): void {
    this.#index = 10;
    this.#lost = true;
  }

  #view(path: string): unknown {
    const name = path.split("/").at(-1) ?? "";
    const tags = encodeTags({ version: "1", metadata: {}, endpoints: [] });
    const Service = { Service: name, ID: `${name}-1`, Address: "10.0.0.1", Port: 1, Tags: tags };
    const entry = { Node: { Node: "n" }, Service, Checks: [] };
    if (path === "/v1/catalog/services") return this.#lost ? {} : { s0: tags, s1: tags, s2: tags };
    if (path === "/v1/health/state/any") return [];
    return this.#lost ? [] : [entry];
  }
}

describe("a Consul that restarts without its state while no query is waiting", () => {
  for (const [how, names, queried] of [
    ["one service", ["s0"], ["/v1/health/service/s0"]],
    ["several services", ["s0", "s1", "s2"], ["/v1/catalog/services", "/v1/health/state/any"]],
  ] as const)
    it(`is noticed by the watch of ${how} long before Consul would answer a query for the old index`, async () => {
      const server = new Restarted();
      await using consul = await fakeConsul((request, response) =>
        server.answer(new URL(request.url ?? "", "http://consul"), response),
      );
      await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
      const changes: Change[] = [];
      const watched = names.map(async (service) => {
        for await (const change of registry.watch({ service })) changes.push(change);
      });
      await eventually(() => assert.equal(changes.length, names.length));
      // after such an answer each query pauses for seconds
      await eventually(() => {
        for (const path of queried) assert.ok(server.asked.includes(path), path);
      });
      server.restart();
      await eventually(() => assert.equal(changes.length, 2 * names.length), 12_000);
      for (const { action, doubtful } of changes.slice(names.length))
        assert.deepEqual({ action, doubtful }, { action: "delete", doubtful: true });
      await registry.close();
      await Promise.all(watched);
    });
});
