import { orAbort } from "../core/async/or-abort.js";
import { SerialByKey } from "../core/async/serial-by-key.js";
import type { Abortable, Closeable } from "../core/closeable.js";
import type { Log } from "../core/log/log.js";
import type { Service } from "../core/service.js";
import type { RegisterOptions, Registry } from "../registry/registry.js";
import { PermanentService } from "./permanent-service.js";

/** Maximum number of services whose entries are restored. Further ones are only registered. */
const most = 10_000;

/** Registers services for applications. Entries without a TTL are restored if the registry loses them. */
export class PermanentEntries implements Closeable {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #services = new Map<string, PermanentService>();
  /**
   * Runs the changes of a service one after the other, so that the last accepted entry is the one that is restored, and
   * no entry is restored while it is being removed.
   */
  readonly #turns = new SerialByKey();
  #closed = false;

  constructor(registry: Registry, log: Log) {
    this.#registry = registry;
    this.#log = log;
  }

  register(service: Service, options: RegisterOptions): Promise<void> {
    return this.#change(service, options, async () => {
      await this.#registry.register(service, options);
      if (options.ttl === undefined) this.#keep(service);
      else this.#services.get(service.name)?.forget(service.nodes);
    });
  }

  deregister(service: Service, options: Abortable): Promise<void> {
    return this.#change(service, options, async () => {
      this.#services.get(service.name)?.forget(service.nodes);
      await this.#registry.deregister(service, options);
    });
  }

  /** Leaves the entries in the registry. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const service of this.#services.values()) service.close();
    this.#services.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Queues a change. It is skipped if its signal has aborted by then. */
  #change({ name }: Service, { signal }: Abortable, change: () => Promise<void>): Promise<void> {
    const done = this.#turns.run(name, async () => {
      signal?.throwIfAborted();
      await change();
    });
    return orAbort(done, signal);
  }

  #keep(service: Service): void {
    if (this.#closed) return;
    const { name } = service;
    const known = this.#services.get(name);
    if (known === undefined && this.#services.size >= most)
      this.#log.warn({ service: name }, "will not be restored if the registry loses it: too many services");
    else (known ?? this.#open(name)).keep(service);
  }

  #open(name: string): PermanentService {
    const empty = () => {
      made.close();
      if (this.#services.get(name) === made) this.#services.delete(name);
    };
    const made = new PermanentService(name, {
      registry: this.#registry,
      log: this.#log,
      serialise: (change) => this.#turns.run(name, change),
      empty,
    });
    this.#services.set(name, made);
    return made;
  }
}
