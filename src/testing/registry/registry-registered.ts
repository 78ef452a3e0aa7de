import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { it } from "node:test";
import type { Log } from "../../core/log/log.js";
import type { Service } from "../../core/service.js";
import { Registration } from "../../registry/registration/registration.js";
import type { Registry } from "../../registry/registry.js";
import { eventually } from "../eventually.js";
import { example, read } from "./registry-examples.js";

/** Cases for keeping an entry registered, whatever happens to it. */
export function staysRegistered(open: () => Promise<Registry>, within: number): void {
  it("restores an entry that another client removed", async () => {
    await using holder = await hold(open, "a");
    await using other = await open();
    await holder.isRead(other, within);
    await other.register(holder.service, { ttl });
    await other.deregister(holder.service);
    await holder.isRead(other, within);
  });

  it("restores an entry that another client changed", async () => {
    await using holder = await hold(open, "a");
    await using other = await open();
    await holder.isRead(other, within);
    const nodes = holder.service.nodes.map((node) => ({ ...node, metadata: { zone: "b" } }));
    await other.register({ ...holder.service, nodes }, { ttl });
    await holder.isRead(other, within);
  });

  it("restores an entry that points to an address where nothing listens", async () => {
    await using holder = await hold(open, "a");
    await using other = await open();
    await holder.isRead(other, within);
    const nodes = holder.service.nodes.map((node) => ({ ...node, port: 1 }));
    await other.register({ ...holder.service, nodes }, { ttl });
    await holder.isRead(other, within);
  });

  it("yields its entry to a later process with the same id, and restores it when that process stops", async () => {
    await using first = await hold(open, "a");
    await using other = await open();
    await first.isRead(other, within);
    const second = await hold(open, "b", first.service);
    await second.isRead(other, within);
    await eventually(() => assert.equal(first.errors.length, 1), within);
    await new Promise((resolve) => setTimeout(resolve, 3 * interval));
    assert.deepEqual(await read(other, second.service.name), [second.service]);
    assert.match(String(first.errors), /another process/);
    await second.stop();
    await first.isRead(other, within);
    assert.equal(first.errors.length, 1);
    assert.deepEqual(second.errors, []);
  });

  it("keeps the entry of a later process when it stops", async () => {
    const first = await hold(open, "a");
    await using other = await open();
    await first.isRead(other, within);
    await using second = await hold(open, "b", first.service);
    await first.stop();
    await second.isRead(other, within);
    assert.deepEqual(second.errors, []);
  });
}

/** Milliseconds. The TTL is longer than any test; the interval is that of a holder's renewals. */
const ttl = 30_000;
const interval = 500;

/** Stands for a process that holds an entry, and accepts connections at its address. */
class Holder implements AsyncDisposable {
  readonly service: Service;
  readonly errors: string[] = [];
  readonly #registration: Registration;
  readonly #registry: Registry;
  readonly #server: Server;

  constructor(registry: Registry, service: Service, server: Server) {
    this.service = service;
    this.#registry = registry;
    this.#server = server;
    const nothing = () => {};
    const error = (_: object, text: string) => void this.errors.push(text);
    const log: Log = { debug: nothing, info: nothing, warn: nothing, error };
    this.#registration = new Registration(registry, service, { ttl, interval, log });
  }

  async start(): Promise<this> {
    await this.#registration.start();
    return this;
  }

  isRead(by: Registry, within: number): Promise<void> {
    return eventually(
      async () => assert.deepEqual(await read(by, this.service.name), [this.service]),
      within,
    );
  }

  async stop(): Promise<void> {
    await this.#registration.close();
    await this.#registry.close();
    this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Creates a holder of a new entry, or of an entry with the ids of `like`. */
async function hold(open: () => Promise<Registry>, zone: string, like: Service = example()): Promise<Holder> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const nodes = like.nodes.map((node) => ({ ...node, port, metadata: { zone } }));
  return new Holder(await open(), { ...like, nodes }, server).start();
}
