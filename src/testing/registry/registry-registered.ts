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

/** What "registered" means, whatever happens to the entry afterwards. */
export function staysRegistered(open: () => Promise<Registry>, within: number): void {
  it("writes an entry anew that somebody else removed", async () => {
    await using holder = await hold(open, "a");
    await using other = await open();
    await holder.isRead(other, within);
    await other.register(holder.service, { ttl });
    await other.deregister(holder.service);
    await holder.isRead(other, within);
  });

  it("writes an entry anew that somebody else changed", async () => {
    await using holder = await hold(open, "a");
    await using other = await open();
    await holder.isRead(other, within);
    const nodes = holder.service.nodes.map((node) => ({ ...node, metadata: { zone: "b" } }));
    await other.register({ ...holder.service, nodes }, { ttl });
    await holder.isRead(other, within);
  });

  it("writes an entry anew that points at a place where nobody answers", async () => {
    await using holder = await hold(open, "a");
    await using other = await open();
    await holder.isRead(other, within);
    const nodes = holder.service.nodes.map((node) => ({ ...node, port: 1 }));
    await other.register({ ...holder.service, nodes }, { ttl });
    await holder.isRead(other, within);
  });

  it("leaves an entry to the process with that id that started later, and gets it back when that stops", async () => {
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

  it("does not take the entry of a later process with it when it stops", async () => {
    const first = await hold(open, "a");
    await using other = await open();
    await first.isRead(other, within);
    await using second = await hold(open, "b", first.service);
    await first.stop();
    await second.isRead(other, within);
    assert.deepEqual(second.errors, []);
  });
}

/** Milliseconds: of no consequence within a test, but for the interval in which a holder is looked at. */
const ttl = 30_000;
const interval = 500;

/** A process that holds an entry, and accepts connections at its place. */
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

/** A holder of an entry of its own, or of that of `like`. */
async function hold(open: () => Promise<Registry>, zone: string, like: Service = example()): Promise<Holder> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const nodes = like.nodes.map((node) => ({ ...node, port, metadata: { zone } }));
  return new Holder(await open(), { ...like, nodes }, server).start();
}
