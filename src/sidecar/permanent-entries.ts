import { orAbort } from "../core/async/or-abort.js";
import type { Abortable, Closeable } from "../core/closeable.js";
import type { Log } from "../core/log/log.js";
import type { Service } from "../core/service.js";
import type { RegisterOptions, Registry } from "../registry/registry.js";
import { PermanentService } from "./permanent-service.js";

/** Services whose entries are put back; one that comes when there are so many is registered, and no more. */
const most = 10_000;

/** Registers what applications post, and puts back what has no TTL: nobody posts it again. */
export class PermanentEntries implements Closeable {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #services = new Map<string, PermanentService>();
  /** The end of what is asked last, by the name of the service. */
  readonly #turns = new Map<string, Promise<unknown>>();
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

  /** The entries stay in the registry. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const service of this.#services.values()) service.close();
    this.#services.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What nobody waits for any more when its turn comes is left. */
  #change({ name }: Service, { signal }: Abortable, change: () => Promise<void>): Promise<void> {
    const done = this.#inTurn(name, async () => {
      signal?.throwIfAborted();
      await change();
    });
    return orAbort(done, signal);
  }

  /**
   * Makes one change of a service after the other: what is put back is what the registry took last, and an entry is not
   * put back while it is removed.
   */
  #inTurn<T>(name: string, change: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(name) ?? Promise.resolve()).then(change);
    const end = done
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(name) === end) this.#turns.delete(name);
      });
    this.#turns.set(name, end);
    return done;
  }

  #keep(service: Service): void {
    if (this.#closed) return;
    const { name } = service;
    const known = this.#services.get(name);
    if (known === undefined && this.#services.size >= most)
      this.#log.warn({ service: name }, "not put back should the registry lose it: too many services");
    else (known ?? this.#made(name)).keep(service);
  }

  #made(name: string): PermanentService {
    const empty = () => {
      made.close();
      if (this.#services.get(name) === made) this.#services.delete(name);
    };
    const made = new PermanentService(name, {
      registry: this.#registry,
      log: this.#log,
      inTurn: (change) => this.#inTurn(name, change),
      empty,
    });
    this.#services.set(name, made);
    return made;
  }
}
