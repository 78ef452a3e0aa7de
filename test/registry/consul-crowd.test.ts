import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { encodeTags } from "../../src/registry/consul/tags.js";
import type { Change } from "../../src/registry/registry.js";
import { eventually } from "../../src/testing/eventually.js";
import { type FakeConsul, fakeConsul, sendRead } from "../support/consul-fake.js";

/** More than Consul lets one client wait for. */
const services = 220;

/** What a blocking query carries, `wait` in milliseconds. */
interface Asked {
  readonly index: number;
  readonly wait: number;
}

/** A Consul with many services of one node each, whose queries wait as its own do. */
class Crowd {
  readonly versions = new Map(Array.from({ length: services }, (_, n) => [`s${n}`, "1"]));
  readonly indexes = new Map([...this.versions.keys()].map((name) => [name, 1]));
  readonly failing = new Set<string>();
  readonly waiting = new Map<string, () => void>();
  index = 1;
  checks = 1;

  answer(url: URL, response: ServerResponse): void {
    const asked = {
      index: Number(url.searchParams.get("index") ?? 0),
      wait: 1000 * Number.parseFloat(url.searchParams.get("wait") ?? "0"),
    };
    const path = url.pathname;
    const name = path.split("/").at(-1) ?? "";
    if (path === "/v1/catalog/services")
      this.#reply(response, path, asked, () => [this.index, this.#names()]);
    else if (path === "/v1/health/state/critical")
      this.#reply(response, path, asked, () => [this.checks, this.#failing()]);
    else if (path.startsWith("/v1/health/service/"))
      this.#reply(response, name, asked, () => [this.indexes.get(name) ?? 1, [this.#entry(name)]]);
    else sendRead(response, 1, {});
  }

  /** Changes a service, and tells those who wait for it. */
  change(name: string, act: () => void, told: readonly string[]): void {
    act();
    this.indexes.set(name, 2);
    for (const each of [...told, name]) this.waiting.get(each)?.();
  }

  #reply(response: ServerResponse, key: string, asked: Asked, read: () => [number, unknown]): void {
    const end = () => {
      clearTimeout(timer);
      this.waiting.delete(key);
      sendRead(response, ...read());
    };
    const timer = setTimeout(end, asked.index === read()[0] ? asked.wait : 0);
    this.waiting.set(key, end);
    response.once("close", () => clearTimeout(timer));
  }

  #names(): object {
    return Object.fromEntries([...this.versions].map(([name, version]) => [name, tags(version)]));
  }

  #failing(): object[] {
    return [...this.failing].map((name) => ({ Node: "n", CheckID: `service:${name}`, ServiceName: name }));
  }

  #entry(name: string): object {
    const Service = {
      ID: name,
      Service: name,
      Address: "10.0.0.1",
      Port: 1,
      Tags: tags(this.versions.get(name) ?? ""),
    };
    const Status = this.failing.has(name) ? "critical" : "passing";
    return { Node: {}, Service, Checks: [{ CheckID: `service:${name}`, ServiceID: name, Status }] };
  }
}

function tags(version: string): string[] {
  return encodeTags({ version, metadata: {}, endpoints: [] });
}

describe("a watch of more services than Consul lets wait", () => {
  /** Milliseconds until a change of a service is seen whose query waits for its turn. */
  async function seen(
    act: (crowd: Crowd, name: string) => void,
    isIt: (change: Change) => boolean,
  ): Promise<number> {
    const crowd = new Crowd();
    await using consul: FakeConsul = await fakeConsul((request, response) =>
      crowd.answer(new URL(request.url ?? "", "http://consul"), response),
    );
    await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
    const names = new Set<string>();
    let at: number | undefined;
    void (async () => {
      for await (const change of registry.watch({ unhealthy: true })) {
        names.add(change.service.name);
        if (isIt(change)) at = performance.now();
      }
    })();
    await eventually(() => assert.equal(names.size, services), 5000);
    // until the first to wait have had their turn, and all are paced
    await sleep(1500);
    const name = [...crowd.versions.keys()].find((each) => !crowd.waiting.has(each)) ?? "";
    assert.notEqual(name, "");
    const began = performance.now();
    act(crowd, name);
    await eventually(() => assert.ok(at !== undefined), 10_000);
    return (at ?? 0) - began;
  }

  it("sees at once that a service changed, by its tags", async () => {
    const act = (crowd: Crowd, name: string) =>
      crowd.change(name, () => crowd.versions.set(name, `${++crowd.index}`), ["/v1/catalog/services"]);
    const took = await seen(act, ({ service }) => service.version === "2");
    assert.ok(took < 500, `${took} ms`);
  });

  it("sees at once that a check fails", async () => {
    const act = (crowd: Crowd, name: string) => {
      crowd.checks += 1;
      crowd.change(name, () => crowd.failing.add(name), ["/v1/health/state/critical"]);
    };
    const took = await seen(act, ({ service }) => service.nodes.some(({ status }) => status === "critical"));
    assert.ok(took < 500, `${took} ms`);
  });
});
