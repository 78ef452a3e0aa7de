import { lookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import type { Packet, Place } from "multicast-dns";
import { orAbort } from "../../core/async/or-abort.js";
import type { Abortable } from "../../core/closeable.js";
import { badRequest, MicroError } from "../../core/errors.js";
import { silent } from "../../core/log/log.js";
import { isName } from "../../core/name.js";
import { shownAddress } from "../../core/net/address.js";
import type { Node, Service } from "../../core/service.js";
import { isOwnAddress } from "../machine.js";
import type { RegistryOptions } from "../options.js";
import type { Change, MachineAware, RegisterOptions, Registry, WatchOptions } from "../registry.js";
import { watchChanges } from "../watch/change-stream.js";
import { nameOnly, notRegistered, requireEntry } from "../wire/errors.js";
import { type Entry, groupByVersion } from "../wire/group-by-version.js";
import { Network } from "./network.js";
import { domains, listing, readListing, readNodes, serviceName } from "./records.js";
import { Responder } from "./responder.js";
import { MdnsWatch } from "./watch.js";

/** Options of mDNS. Tests set the last three. */
export interface MdnsOptions extends RegistryOptions {
  /** UDP port. Default 5353. */
  readonly port?: number;
  /** Milliseconds to wait for answers. Default 100, as in Go programs. */
  readonly collect?: number;
  /** Milliseconds between two queries of a watch. Default 10,000. */
  readonly period?: number;
}

/**
 * A registry without a server: each process answers mDNS queries for its own nodes on the local network. The first of
 * `addresses` is that of the network interface to use.
 */
export class MdnsRegistry implements Registry, MachineAware {
  readonly name = "mdns";
  readonly #options: MdnsOptions;
  readonly #collect: number;
  readonly #period: number;
  readonly #closed = new AbortController();
  #opened: Promise<{ readonly network: Network; readonly responder: Responder }> | undefined;

  /** @throws {MicroError} 400 if the first address is not an IPv4 address. */
  constructor(options: MdnsOptions = {}) {
    const [address] = options.addresses ?? [];
    if (address !== undefined && !isIPv4(address)) throw noInterface(address);
    this.#options = options;
    this.#collect = options.collect ?? 100;
    this.#period = options.period ?? 10_000;
  }

  async register(service: Service, options: RegisterOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    requireEntry(service);
    const { name, version, endpoints } = service;
    const { responder } = await orAbort(this.#open(), options.signal);
    for (const node of service.nodes) {
      const resolved = await orAbort(withIpAddress(node), options.signal);
      await responder.add({ name, version, endpoints, node: resolved }, options.ttl);
    }
  }

  async deregister(service: Service, options: Abortable = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const { responder } = await this.#open();
    for (const { id } of service.nodes) await responder.remove(service.name, id);
  }

  async getService(name: string, { signal }: Abortable = {}): Promise<readonly Service[]> {
    if (!isName(name)) throw notRegistered(name);
    const entries = new Map<string, Entry>();
    const questions = domains.map((domain) => ({ name: serviceName(name, domain), type: "PTR" }));
    await this.#ask(questions, signal, (packet, from) => {
      for (const { entry, gone } of readNodes(packet, from))
        if (entry.name === name && !gone) entries.set(entry.node.id, entry);
    });
    if (entries.size === 0) throw notRegistered(name);
    return groupByVersion(entries.values());
  }

  async listServices({ signal }: Abortable = {}): Promise<readonly Service[]> {
    const names = new Set<string>();
    await this.#ask(everything(), signal, (packet) => {
      for (const name of readListing(packet)) names.add(name);
    });
    return [...names].sort().map(nameOnly);
  }

  async servesMachines({ signal }: Abortable = {}): Promise<boolean> {
    let others = false;
    await this.#ask(everything(), signal, (packet, { address }) => {
      others ||= readListing(packet).length > 0 && !isOwnAddress(address);
    });
    return others;
  }

  watch(options: WatchOptions = {}): AsyncIterable<Change> {
    const follow = async (push: (change: Change) => void, signal: AbortSignal) => {
      const { network } = await this.#open();
      await new MdnsWatch(network, { ...options, collect: this.#collect, period: this.#period }, push).run(
        signal,
      );
    };
    return watchChanges(follow, options, this.#closed.signal);
  }

  async close(): Promise<void> {
    this.#closed.abort(new MicroError("go.micro.registry", 503, "registry: closed"));
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.responder.close();
    await opened?.network.close();
    this.#opened = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ask(
    questions: { name: string; type: string }[],
    signal: AbortSignal | undefined,
    receive: (packet: Packet, from: Place) => void,
  ): Promise<void> {
    signal?.throwIfAborted();
    const { network } = await this.#open();
    await orAbort(network.ask(questions, this.#collect, receive), signal);
  }

  #open(): Promise<{ readonly network: Network; readonly responder: Responder }> {
    this.#closed.signal.throwIfAborted();
    this.#opened ??= this.#start().catch((error: unknown) => {
      // The next call tries again: the port may be free by then.
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #start(): Promise<{ readonly network: Network; readonly responder: Responder }> {
    const { addresses, port = 5353, log = silent } = this.#options;
    const network = await Network.open({ interface: addresses?.[0], port, log });
    return { network, responder: new Responder(network) };
  }
}

function noInterface(address: string): MicroError {
  const detail = `registry address "${shownAddress(address)}": mDNS takes the IPv4 address of a network interface, without a port`;
  return badRequest("go.micro.registry", detail, { reason: "BAD_FLAG_VALUE" });
}

/** Returns the questions for the names of all services. */
function everything(): { name: string; type: string }[] {
  return domains.map((domain) => ({ name: `${listing}.${domain}`, type: "PTR" }));
}

/** Replaces a host name by its IP address: mDNS records hold nothing else. */
async function withIpAddress(node: Node): Promise<Node> {
  const { status: _, ...rest } = node;
  if (isIP(node.address)) return rest;
  const { address } = await lookup(node.address);
  return { ...rest, address };
}
