import { orAbort } from "../../core/async/or-abort.js";
import { waitAtMost } from "../../core/async/with-timeout.js";
import type { Abortable } from "../../core/closeable.js";
import { MicroError, unavailable } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { sleep, timeoutSignal } from "../../core/time/clock.js";
import type { Catalog } from "../../registry/catalog/catalog.js";
import type { Registry } from "../../registry/registry.js";
import { withRequestTimeout } from "../../registry/with-request-timeout.js";

/** Times in milliseconds. */
export interface InitialRoutesTimes {
  /** How long requests wait for the first list of services, from the start. Default 5000. */
  readonly firstListTimeout?: number;
  /** How long to wait for the listed services to arrive. Default 2000. */
  readonly arrival?: number;
}

/** Milliseconds for one list request, and between two attempts. */
const listTimeout = 5000;
const retry = 250;
/** Services that are read at the same time. */
const parallel = 16;

/**
 * Waits at the start until all registered services are known. Until then paths cannot be routed: the default handler
 * would send calls to plain HTTP applications, and existing paths would get 404.
 */
export class InitialRoutes {
  readonly #registry: Registry;
  readonly #catalog: Pick<Catalog, "load">;
  readonly #log: Log;
  readonly #arrived = new Set<string>();
  readonly #waited: Promise<void>;
  #missing: Set<string> | undefined;
  #complete: () => void = () => {};
  #known = false;

  constructor(
    registry: Registry,
    catalog: Pick<Catalog, "load">,
    options: Abortable & InitialRoutesTimes & { readonly log?: Log | undefined } = {},
  ) {
    const {
      signal = new AbortController().signal,
      firstListTimeout = 5000,
      arrival = 2000,
      log = silent,
    } = options;
    this.#registry = registry;
    this.#catalog = catalog;
    this.#log = log;
    const reading = this.#read(signal, arrival).catch((err) => {
      if (!signal.aborted) log.error({ err }, "list of services failed");
    });
    this.#waited = waitAtMost(reading, firstListTimeout, { ref: false }).then(() => {
      if (!this.#known && !signal.aborted) log.warn({ registry: registry.name }, this.#what);
    });
  }

  get known(): boolean {
    return this.#known;
  }

  /** Why paths cannot be routed. Undefined if they can. */
  get problem(): string | undefined {
    return this.#known ? undefined : this.#what;
  }

  /** Call this when a service has become known. */
  arrived(name: string): void {
    if (this.#known) return;
    this.#arrived.add(name);
    this.#settled(name);
  }

  /** Resolves once paths can be routed. @throws {MicroError} 503 after `firstListTimeout`, and from then on at once. */
  async wait(id: string): Promise<void> {
    if (!this.#known) await this.#waited;
    if (this.#known) return;
    throw unavailable(id, this.#what, { reason: "REGISTRY_UNREACHABLE", executed: "no" });
  }

  get #what(): string {
    return `routes: not known, registry "${this.#registry.name}" has not answered since the start`;
  }

  async #read(signal: AbortSignal, arrival: number): Promise<void> {
    const names = await this.#list(signal);
    this.#missing = new Set(names.filter((name) => !this.#arrived.has(name)));
    if (this.#missing.size > 0) {
      const complete = new Promise<void>((resolve) => {
        this.#complete = resolve;
      });
      this.#loadMissing(this.#missing, AbortSignal.any([signal, timeoutSignal(arrival)]));
      await orAbort(waitAtMost(complete, arrival), signal);
      if (this.#missing.size > 0)
        this.#log.warn(
          { services: [...this.#missing] },
          "services that the registry lists are not known yet",
        );
    }
    this.#known = true;
    this.#arrived.clear();
  }

  #settled(name: string): void {
    if (this.#missing?.delete(name) && this.#missing.size === 0) this.#complete();
  }

  /** Reads each missing service: a listed one may not be a service of this toolkit, such as Consul itself. */
  #loadMissing(missing: ReadonlySet<string>, signal: AbortSignal): void {
    const names = missing.values(); // a live iterator: skips those that arrive in the meantime
    for (let i = 0; i < parallel; i++) void this.#loadEach(names, signal);
  }

  async #loadEach(names: Iterable<string>, signal: AbortSignal): Promise<void> {
    for (const name of names) {
      if (signal.aborted) return;
      try {
        await this.#catalog.load(name, { signal });
      } catch (err) {
        if (MicroError.is(err) && err.code === 404) this.#settled(name);
        else this.#log.debug({ err, service: name }, "read of the registry failed");
      }
    }
  }

  async #list(signal: AbortSignal): Promise<readonly string[]> {
    for (;;) {
      try {
        const limited = { what: "list services", limit: listTimeout, signal };
        const services = await withRequestTimeout(this.#registry, limited, (end) =>
          this.#registry.listServices({ signal: end }),
        );
        return services.map(({ name }) => name);
      } catch (err) {
        signal.throwIfAborted();
        this.#log.debug({ err }, "list of services failed");
        await sleep(retry, { signal, ref: false });
      }
    }
  }
}
