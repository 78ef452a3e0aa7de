import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, it } from "node:test";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { eventually } from "../../src/testing/eventually.js";
import { ask } from "../support/ask.js";
import { ConnectionCount, connectionsTo, countable } from "../support/bytes/connections.js";
import { needs } from "../support/needs.js";
import { type Running, start } from "../support/programs/process.js";
import { type ConsulServer, startConsul } from "../support/servers/consul.js";

const program = new URL("../support/programs/host-programs.ts", import.meta.url).pathname;
const known = 500;
const services = 20;
/** Far below the 200 connections that Consul gives to one host. */
const most = 100;

describe(
  "R30: the programs of a host beside each other",
  needs("consul").skip ? needs("consul") : countable,
  () => {
    it("leave most connections of a Consul with its default limits to others", async (t) => {
      await using consul = await startConsul();
      await fill(consul);
      using count = new ConnectionCount(consul.address);
      await using host = new Host(consul.address);
      const urls = await Promise.all(["api", "web", "sidecar"].map((name) => host.start(name)));
      await host.start("services", services);
      await everythingIsKnown(urls[1] ?? "");
      await eventually(
        () => assert.ok(connectionsTo(consul.address) <= 2 * services + 6, "too many at rest"),
        30_000,
      );
      await goProgramRegisters(consul);
      count.stop();
      t.diagnostic(`at most ${count.most} connections, ${connectionsTo(consul.address)} at rest`);
      assert.ok(count.most <= most, `${count.most} connections`);
    });
  },
);

class Host implements AsyncDisposable {
  readonly #registry: string;
  readonly #running: Running[] = [];

  constructor(registry: string) {
    this.#registry = registry;
  }

  /** Resolves when it serves, with its URL if it has one. */
  async start(name: string, count = 0): Promise<string> {
    const env = { NODE_ENV: "test", MICRO_REGISTRY_ADDRESS: this.#registry };
    const running = start(process.execPath, ["--import", "tsx", program, name, String(count)], { env });
    this.#running.push(running);
    await running.output(/ready/, 60_000);
    return /at (\S+)/.exec(running.stdout)?.[1] ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((running) => running[Symbol.asyncDispose]()));
  }
}

/** Registers services that other hosts have. */
async function fill(consul: ConsulServer): Promise<void> {
  await using registry = new ConsulRegistry({ addresses: [consul.address] }, {});
  for (let n = 0; n < known; n++) {
    const name = `go.micro.srv.s${n}`;
    const nodes = [{ id: `${name}-1`, address: "127.0.0.1", port: 1, metadata: {} }];
    await registry.register({ name, version: "1.0.0", metadata: {}, endpoints: [], nodes });
  }
}

async function everythingIsKnown(web: string): Promise<void> {
  await eventually(async () => {
    const { text } = await ask(web, "GET", "/registry", undefined, { Accept: "application/json" });
    const listed = (JSON.parse(text) as { services: { name: string }[] }).services;
    assert.equal(listed.filter(({ name }) => name.startsWith("go.micro.srv.")).length, known + services);
  }, 60_000);
}

/** As a Go program does: a connection of its own, and a registration without a check. */
async function goProgramRegisters(consul: ConsulServer): Promise<void> {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const url = `http://${consul.address}/v1/agent/service/register`;
    const asked = request(url, { method: "PUT", agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject);
    asked.end(JSON.stringify({ ID: "go-1", Name: "go", Port: 1 }));
  });
  assert.equal(status, 200);
}
