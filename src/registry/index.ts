/**
 * Finds services by name. `openRegistry` opens `consul`, `etcd`, `mdns` or `memory`; implement `Registry` for another.
 *
 * @module micro-toolkit/registry
 */
import { type BuiltIn, openerNamed } from "../core/built-in.js";
import { sharedByAddress } from "../core/shared-by-address.js";
import type { MemoryStore } from "./memory/memory-store.js";
import type { RegistryOptions } from "./options.js";
import type { Registry } from "./registry.js";

export type { Catalog, CatalogOptions, ChangesOptions, LookupOptions } from "./catalog/catalog.js";
export type { RegistryOptions, RegistryTls } from "./options.js";
export type { PresenceProbe } from "./presence-probe.js";
export type { Change, GetOptions, RegisterOptions, Registry, WatchOptions } from "./registry.js";

type Opener = (options: RegistryOptions) => Promise<Registry>;

const openers: Readonly<Record<BuiltIn<"registry">, Opener>> = {
  consul: openConsul,
  etcd: openEtcd,
  mdns: async (options) => new (await import("./mdns/mdns.js")).MdnsRegistry(options),
  memory: openMemory,
};

/** Names of the built-in registries. */
export const registryNames: readonly string[] = Object.keys(openers).sort();

/**
 * Opens a built-in registry by name, and loads the code of that one only. It does not connect yet.
 * @throws {MicroError} 400 with reason `BAD_FLAG_VALUE` for an unknown name. 500 with reason `BACKEND_MISSING` when the
 * package that it needs is not installed.
 */
export async function openRegistry(name: string, options: RegistryOptions = {}): Promise<Registry> {
  return openerNamed(openers, name, { kind: "registry", id: "go.micro.registry" })(options);
}

async function openConsul(options: RegistryOptions): Promise<Registry> {
  const { ConsulRegistry, sharedAgents } = await import("./consul/consul.js");
  return new ConsulRegistry(options, process.env, sharedAgents);
}

let storeAt: ((addresses?: readonly string[]) => MemoryStore) | undefined;

async function openMemory({ addresses }: RegistryOptions): Promise<Registry> {
  const { MemoryRegistry, MemoryStore } = await import("./memory/memory.js");
  storeAt ??= sharedByAddress(() => new MemoryStore());
  return new MemoryRegistry(storeAt(addresses));
}

async function openEtcd(options: RegistryOptions): Promise<Registry> {
  const { EtcdRegistry } = await import("./etcd/etcd.js");
  return EtcdRegistry.open(options);
}
