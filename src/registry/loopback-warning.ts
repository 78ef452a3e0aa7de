import type { Abortable } from "../core/closeable.js";
import type { Log } from "../core/log/log.js";
import { isLoopback } from "../core/net/address.js";
import type { Service } from "../core/service.js";
import { type Registry, servesMachines } from "./registry.js";

/** Milliseconds between two checks for other machines, which may appear later than the service. */
const period = 60_000;

/** Warnings already logged, by registry: a process logs each fix once, however many services it registers. */
const logged = new WeakMap<Registry, Set<string>>();

/**
 * Logs an error when a service is registered at a loopback address in a registry that programs of other machines read:
 * they cannot call it.
 */
export class LoopbackWarning {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #fix: string;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(registry: Registry, log: Log, fix: string) {
    this.#registry = registry;
    this.#log = log;
    this.#fix = fix;
  }

  /** Never rejects. Asks the registry only if a node has a loopback address. */
  async look({ name, nodes }: Service, { signal }: Abortable): Promise<void> {
    const local = nodes.filter(({ address }) => isLoopback(address));
    const fixes = logged.get(this.#registry) ?? new Set();
    const now = performance.now();
    if (local.length === 0 || fixes.has(this.#fix) || now < this.#looked + period) return;
    this.#looked = now;
    if (!(await servesMachines(this.#registry, { signal }).catch(() => false)) || fixes.has(this.#fix))
      return;
    logged.set(this.#registry, fixes.add(this.#fix));
    const fields = { service: name, nodes: local.map(({ id }) => id), fix: this.#fix };
    this.#log.error(
      fields,
      `registered at a loopback address, where other machines cannot call it: ${this.#fix}`,
    );
  }
}
