import { badRequest } from "../core/errors.js";
import { loadOptional } from "../core/optional.js";
import type { RegistryOptions } from "./options.js";
import type { Registry } from "./registry.js";

export type { RegistryOptions, RegistryTls } from "./options.js";
export type { Change, GetOptions, RegisterOptions, Registry, WatchOptions } from "./registry.js";

type Opener = (options: RegistryOptions) => Promise<Registry>;

const openers: Readonly<Record<string, Opener>> = {
  consul: openConsul,
  etcd: openEtcd,
  mdns: async (options) => new (await import("./mdns/mdns.js")).MdnsRegistry(options),
  memory: async () => new (await import("./memory.js")).MemoryRegistry(),
};

/** The names that `openRegistry` knows. */
export const registryNames: readonly string[] = Object.keys(openers).sort();

/**
 * Opens the registry called `name`, and loads that one only. Nothing is asked of it yet.
 * @throws {MicroError} 400 BAD_FLAG_VALUE when there is none of that name.
 */
export async function openRegistry(name: string, options: RegistryOptions = {}): Promise<Registry> {
  const open = Object.hasOwn(openers, name) ? openers[name] : undefined;
  if (open === undefined)
    throw badRequest("go.micro.registry", `registry "${name}": not one of ${registryNames.join(", ")}`, {
      reason: "BAD_FLAG_VALUE",
    });
  return open(options);
}

async function openConsul(options: RegistryOptions): Promise<Registry> {
  const { ConsulRegistry, sharedAgents } = await import("./consul/consul.js");
  return new ConsulRegistry(options, process.env, sharedAgents);
}

async function openEtcd(options: RegistryOptions): Promise<Registry> {
  const { EtcdRegistry } = await loadOptional("etcd3", () => import("./etcd/etcd.js"));
  return new EtcdRegistry(options);
}
