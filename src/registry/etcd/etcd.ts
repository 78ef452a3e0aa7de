import type { Etcd3, IKeyValue, Lease } from "etcd3";
import { orAbort } from "../../core/async/or-abort.js";
import type { Abortable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import { isLoopback, parseAddress } from "../../core/net/address.js";
import type { Node, Service } from "../../core/service.js";
import { isOfAnother, withMachineIds } from "../machine.js";
import type { RegistryOptions } from "../options.js";
import type { Change, MachineAware, RegisterOptions, Registry, Served, WatchOptions } from "../registry.js";
import { watchChanges } from "../watch/change-stream.js";
import { nameOnly, notRegistered, requireEntry } from "../wire/errors.js";
import { type Entry, groupByVersion } from "../wire/group-by-version.js";
import { RejectedEntries } from "../wire/rejected-entries.js";
import { callTimeout, type EtcdLibrary, hostsOf, loadEtcd, openEtcd, plain, tell } from "./client.js";
import { formatNodeValue, keyOf, namesOf, prefixOf } from "./keys.js";
import { EtcdWatch, entriesOf } from "./watch.js";

/** The last value put for a node. Registering the same again only renews its lease. */
interface Held {
  readonly value: string;
  readonly ttl: number;
  readonly lease: Lease;
}

/** The etcd 3 registry of the Go ecosystem: one key per node, each with its own lease. */
export class EtcdRegistry implements Registry, Served, MachineAware {
  readonly name = "etcd";
  readonly servers: readonly string[];
  readonly #hosts: readonly string[];
  readonly #local: boolean;
  readonly #library: EtcdLibrary;
  readonly #etcd: Etcd3;
  readonly #held = new Map<string, Held>();
  readonly #closed = new AbortController();
  readonly #rejected: RejectedEntries;

  /** @throws {MicroError} 500 BACKEND_MISSING if the optional package is not installed. 400 for a malformed address. */
  static async open(options: RegistryOptions = {}): Promise<EtcdRegistry> {
    return new EtcdRegistry(options, await loadEtcd());
  }

  private constructor(options: RegistryOptions, library: EtcdLibrary) {
    this.#library = library;
    this.#rejected = new RejectedEntries(options.log);
    this.#hosts = hostsOf(options);
    this.servers = this.#hosts.map(plain);
    this.#local = this.servers.every((server) => isLoopback(parseAddress(server).host));
    this.#etcd = openEtcd(library, options, this.#hosts);
  }

  async register(given: Service, options: RegisterOptions = {}): Promise<void> {
    requireEntry(given);
    const service = this.#local ? given : withMachineIds(given);
    const what = `register service "${service.name}"`;
    for (const node of service.nodes)
      await this.#ask(what, options, () => this.#put(service, node, options.ttl));
  }

  async deregister(service: Service, options: Abortable = {}): Promise<void> {
    const what = `deregister service "${service.name}"`;
    for (const { id } of service.nodes) {
      const key = keyOf(service.name, id);
      const held = this.#held.get(key);
      this.#held.delete(key);
      await this.#ask(what, options, () => this.#etcd.delete().key(key).exec());
      await held?.lease.revoke().catch(() => {});
    }
  }

  async getService(name: string, options: Abortable = {}): Promise<readonly Service[]> {
    const get = () => this.#etcd.getAll().prefix(prefixOf(name)).exec();
    const { kvs } = await this.#ask(`get service "${name}"`, options, get);
    const entries = kvs.flatMap((kv) => this.#entriesOf(kv));
    const services = groupByVersion(entries.filter((entry) => entry.name === name));
    if (services.length === 0) throw notRegistered(name);
    return services;
  }

  async listServices(options: Abortable = {}): Promise<readonly Service[]> {
    const entries = await this.#all("list services", options);
    return [...new Set(entries.map(({ name }) => name))].sort().map(nameOnly);
  }

  async servesMachines(options: Abortable = {}): Promise<boolean> {
    const entries = await this.#all("list machines", options);
    return entries.some(({ node }) => node.foreign || isOfAnother(node.address));
  }

  async #all(what: string, options: Abortable): Promise<Entry[]> {
    const get = () => this.#etcd.getAll().prefix(prefixOf(undefined)).exec();
    const { kvs } = await this.#ask(what, options, get);
    return kvs.flatMap((kv) => this.#entriesOf(kv));
  }

  #entriesOf(kv: IKeyValue): Entry[] {
    return entriesOf(kv, this.#local, (why) => this.#rejected.report({ ...namesOf(kv.key.toString()), why }));
  }

  watch(options: WatchOptions = {}): AsyncIterable<Change> {
    return watchChanges(
      (push, signal) => new EtcdWatch(this.#etcd, { ...options, local: this.#local }, push).run(signal),
      options,
      this.#closed.signal,
    );
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new MicroError("go.micro.registry", 503, "registry: closed"));
    this.#etcd.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #put(service: Service, node: Node, ttl: number | undefined): Promise<void> {
    const key = keyOf(service.name, node.id);
    const value = formatNodeValue(service, node);
    const held = this.#held.get(key);
    if (held?.value === value && held.ttl === ttl && (await this.#renewed(key, held))) return;
    this.#held.delete(key);
    if (ttl === undefined) {
      await this.#etcd.put(key).value(value).exec();
    } else {
      const lease = this.#etcd.lease(Math.max(1, Math.ceil(ttl / 1000)), { autoKeepAlive: false });
      await lease.put(key).value(value).exec();
      this.#held.set(key, { value, ttl, lease });
    }
    await held?.lease.revoke().catch(() => {});
  }

  /**
   * Renews the lease of `key`. Returns false if etcd no longer knows the lease, or the key is gone or was put by
   * another process.
   */
  async #renewed(key: string, { lease, value }: Held): Promise<boolean> {
    try {
      await lease.keepaliveOnce({ deadline: Date.now() + callTimeout });
    } catch (error) {
      // It has expired, or etcd has lost its state.
      if (error instanceof this.#library.EtcdLeaseInvalidError) return false;
      throw error;
    }
    const { kvs } = await this.#etcd.get(key).exec();
    const [found] = kvs;
    return found?.value.toString() === value && found.lease === (await lease.grant());
  }

  async #ask<T>(what: string, { signal }: Abortable, call: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    try {
      return await orAbort(call(), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw tell(error, what, this.#hosts);
    }
  }
}
