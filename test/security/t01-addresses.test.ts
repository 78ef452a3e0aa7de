import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { api } from "../../src/api/index.js";
import { subscriberService } from "../../src/broker/http/wire/topic.js";
import { MicroError } from "../../src/core/errors.js";
import type { Log } from "../../src/core/log/log.js";
import type { Metadata } from "../../src/core/service.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { acceptsConnections } from "../../src/registry/presence-probe.js";
import { type MicroService, service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { web } from "../../src/web/index.js";
import { needs } from "../support/needs.js";
import { type ConsulServer, startConsul } from "../support/servers/consul.js";
import { registerElsewhere } from "../support/servers/foreign-consul.js";
import { Victim } from "../support/victim.js";

/** This machine, as an attacker may spell it. Consul itself refuses `0.0.0.0` and `::`. */
const spellings = [
  ...["127.0.0.1", "127.8.9.10", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost", "127.1"],
  ...["0x7f.1", "0177.0.0.1", "2130706433", "::ffff:127.0.0.1", "::ffff:7f00:1", "[::ffff:7f00:1]"],
  ...["0", "::ffff:0.0.0.0", "::1%lo"],
];
const refused = /another machine registered this loopback address|no node can be there/;

/** What each kind of entry says of itself, by which it is dialled in another way. */
const wires: Readonly<Record<string, Metadata>> = {
  http: { protocol: "mucp" },
  legacy: {},
  mux: { protocol: "mucp", mux: "1" },
};
const subscribers: Readonly<Record<string, Metadata>> = {
  post: {},
  mux: { mux: "1" },
  feed: { mux: "1", port: "p" },
};

describe("T1: a loopback address that another machine registered", needs("consul"), () => {
  let consul: ConsulServer;
  let victim: Victim;
  let caller: MicroService;
  let gateway: HttpServer;
  let dashboard: HttpServer;
  const told: string[] = [];

  before(async () => {
    consul = await startConsul("-hcl=limits { http_max_conns_per_client = 2000 }"); // more services than the default serves
    victim = await Victim.open();
    for (const [i, address] of spellings.entries()) await registerAll(`a${i}`, address);
    caller = made("caller");
    gateway = await api(made("go.micro.api"), { address: "127.0.0.1:0", handler: "proxy" });
    dashboard = await web(made("go.micro.web"), { address: "127.0.0.1:0", log: listening(told) });
  });

  after(async () => {
    await dashboard?.close();
    await gateway?.close();
    for (const each of services) await each.close();
    await victim?.[Symbol.asyncDispose]();
    await consul?.[Symbol.asyncDispose]();
  });

  const services: MicroService[] = [];
  function made(name: string): MicroService {
    const options = { registryAddress: [consul.address], argv: [], env: {}, drainDelay: 0 };
    const one = service({ name, ...options });
    services.push(one);
    return one;
  }

  async function registerAll(name: string, address: string): Promise<void> {
    const entry = { address, port: victim.port };
    for (const [wire, metadata] of Object.entries(wires))
      await registerElsewhere(consul.address, { ...entry, name: `${wire}.${name}`, metadata });
    for (const namespace of ["go.micro.api", "go.micro.web"])
      await registerElsewhere(consul.address, { ...entry, name: `${namespace}.${name}` });
    for (const [wire, metadata] of Object.entries(subscribers)) {
      const { name: topic, version } = subscriberService(`${wire}.${name}`, undefined, anyNode);
      await registerElsewhere(consul.address, { ...entry, name: topic, version, metadata });
    }
  }

  for (const wire of Object.keys(wires))
    it(`is not called over ${wire}, nor is a stream opened`, async () => {
      for (const [i, address] of spellings.entries()) {
        const name = `${wire}.a${i}`;
        const why = { detail: refused, executed: "no" };
        await assert.rejects(caller.client.call(name, "Any.Thing", {}), why, address);
        await assert.rejects(caller.client.stream(name, "Any.Thing"), why, address);
      }
      assert.equal(victim.connections, 0);
    });

  it("gets no message, by post, over mux or in a feed", async () => {
    for (const [i, address] of spellings.entries())
      for (const wire of ["post", "mux", "feed"])
        await assert.rejects(caller.client.publish(`${wire}.a${i}`, {}), { detail: refused }, address);
    assert.equal(victim.connections, 0);
  });

  it("is not relayed to by the gateway, nor a WebSocket tunnelled", async () => {
    for (const [i, address] of spellings.entries()) {
      assert.equal((await fetch(`${gateway.url}/a${i}/x`)).status, 502, address);
      assert.equal(await upgraded(`${gateway.url}/a${i}/x`), 502, address);
    }
    assert.equal(victim.connections, 0);
  });

  it("is not relayed to by the dashboard, nor a WebSocket tunnelled", async () => {
    for (const [i, address] of spellings.entries()) {
      told.length = 0;
      await eventually(async () => {
        assert.equal((await fetch(`${dashboard.url}/a${i}/x`)).status, 502, address);
        // A zone is nothing that a URL can hold: the relay gives up before it dials.
        if (!address.includes("%")) assert.match(told.join("\n"), refused, address);
      });
      assert.equal(await upgraded(`${dashboard.url}/a${i}/x`), 500, address);
    }
    assert.equal(victim.connections, 0);
  });

  it("is not probed for a registry that forgot it", async () => {
    await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
    const { signal } = new AbortController();
    for (const i of spellings.keys()) {
      const [found] = await registry.getService(`http.a${i}`);
      for (const node of found?.nodes ?? []) assert.equal(await acceptsConnections(node, signal), false);
    }
    assert.equal(victim.connections, 0);
  });

  it("is reached in each of these ways when this machine registered it", async () => {
    await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
    const node = { id: "own-1", address: "127.0.0.1", port: victim.port, metadata: {} };
    const names = ["own.srv", "go.micro.api.own", "go.micro.web.own", "topic:own"];
    for (const name of names) {
      const version = name.startsWith("topic") ? subscriberService("own", undefined, node).version : "1.0.0";
      const nodes = [{ ...node, id: `${name}-1` }];
      await registry.register({ name, version, metadata: {}, endpoints: [], nodes });
    }
    await reaches(() => caller.client.call("own.srv", "Any.Thing", {}));
    await reaches(() => caller.client.publish("own", {}));
    await reaches(() => fetch(`${gateway.url}/own/x`));
    await reaches(() => upgraded(`${gateway.url}/own/x`));
    await reaches(() => fetch(`${dashboard.url}/own/x`));
    await reaches(() => upgraded(`${dashboard.url}/own/x`));
  });

  /** Tries until the victim is connected to: a watch may not have told of the entry yet. */
  async function reaches(attempt: () => Promise<unknown>): Promise<void> {
    const before = victim.connections;
    await eventually(async () => {
      await attempt().catch((error) => assert.ok(MicroError.is(error), String(error)));
      assert.ok(victim.connections > before);
    });
  }
});

const anyNode = { id: "any", address: "", port: 0, metadata: {} };

/** The status with which an upgrade is refused. */
function upgraded(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.on("unexpected-response", (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on("open", () => reject(new Error("upgraded")));
    socket.on("error", () => {});
  });
}

/** A log that keeps the details of the errors it is told. */
function listening(told: string[]): Log {
  const hear = ({ err }: { err?: { cause?: { detail?: string } } }) => {
    told.push(String(err?.cause?.detail));
  };
  return { debug: hear, info: hear, warn: hear, error: hear };
}
