import { orAbort } from "../../core/async/or-abort.js";
import { waitAtMost } from "../../core/async/with-timeout.js";
import type { Abortable } from "../../core/closeable.js";
import { MicroError, unavailable } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { sleep, timeoutSignal } from "../../core/time/clock.js";
import type { Catalog } from "../../registry/catalog/catalog.js";
import type { Registry } from "../../registry/registry.js";
import { withRequestTimeout } from "../../registry/with-request-timeout.js";

/** Milliseconds. */
export interface InitialRoutesTimes {
  /** How long requests wait for the first list, from the start. Default 5000. */
  readonly firstListTimeout?: number;
  /** For the services of the list to become known one by one. Default 2000. */
  readonly arrival?: number;
}

/** Milliseconds that one list may take, and between two tries. */
const listTimeout = 5000;
const retry = 250;
/** Services that are asked for at a time. */
const parallel = 16;

/**
 * Tells when everything that was registered at the start is known. Before that nobody can say where a path leads: a
 * default would send calls to programs that only speak HTTP, and 404 for paths that are there.
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

  /** What keeps paths from being routed, if anything does. */
  get problem(): string | undefined {
    return this.#known ? undefined : this.#what;
  }

  /** The state of a service is in. */
  arrived(name: string): void {
    if (this.#known) return;
    this.#arrived.add(name);
    this.#settled(name);
  }

  /** Resolves once paths can be routed. @throws {MicroError} 503 when that takes too long, then at once. */
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

  /** Asks for each: what is listed may be no service of ours, as Consul itself, and never arrives. */
  #loadMissing(missing: ReadonlySet<string>, signal: AbortSignal): void {
    const names = missing.values(); // without those that arrive meanwhile
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
