import { orAbort } from "../../../core/async/or-abort.js";
import { SingleFlight } from "../../../core/async/single-flight.js";
import type { Abortable, Closeable } from "../../../core/closeable.js";
import { MicroError } from "../../../core/errors.js";
import type { Log } from "../../../core/log/log.js";
import type { Service } from "../../../core/service.js";
import { Catalog } from "../../../registry/catalog/catalog.js";
import type { Registry } from "../../../registry/registry.js";
import { withRequestTimeout } from "../../../registry/with-request-timeout.js";
import { topicService } from "../wire/topic.js";

/** Time limit in milliseconds for reading the subscribers of a topic. */
const readTimeout = 5000;

type Versions = readonly Service[];

/**
 * Finds the subscribers of topics. Uses the catalog for topics with subscribers, and asks the registry for the others.
 */
export class SubscriberLookup implements Closeable {
  readonly #registry: Registry;
  readonly #catalog: Catalog;
  readonly #owned: boolean;
  readonly #asking = new Map<string, SingleFlight<Versions>>();

  /** @param options.catalog A catalog of the same registry. Not closed by the lookup. */
  constructor(registry: Registry, { catalog, log }: { readonly catalog?: Catalog; readonly log?: Log }) {
    this.#registry = registry;
    this.#catalog = catalog ?? new Catalog(registry, { log });
    this.#owned = catalog === undefined;
  }

  /**
   * Returns the queues of `topic` with their members, without a promise if they are known. Calls for a topic are
   * answered in order.
   * @throws {MicroError} 503 if they are not known and the registry does not answer.
   */
  of(topic: string, { signal }: Abortable): Versions | Promise<Versions> {
    const name = topicService(topic);
    const asking = this.#asking.get(name);
    if (asking === undefined) return this.#known(name) ?? orAbort(this.#ask(name), signal);
    return orAbort(asking.run(), signal);
  }

  #known(name: string): Versions | undefined {
    const known = this.#catalog.services(name);
    return known !== undefined && known.length > 0 ? known : undefined;
  }

  #ask(name: string): Promise<Versions> {
    const asking = new SingleFlight(async (asked) => {
      const versions = await this.#read(name, asked).finally(() => setImmediate(forget));
      return versions;
    });
    const forget = () => {
      if (asking.idle) this.#asking.delete(name);
    };
    this.#asking.set(name, asking);
    return asking.run();
  }

  /** Never trusts a cache that says that there are no subscribers: the first one must not be missed. */
  async #read(name: string, asked: number): Promise<Versions> {
    const known = this.#known(name);
    if (known) return known;
    try {
      const limit = Math.max(1, Math.round(asked + readTimeout - performance.now()));
      const limited = { what: `get service "${name}"`, limit };
      const versions = await withRequestTimeout(this.#registry, limited, (signal) =>
        this.#registry.getService(name, { signal }),
      );
      await this.#catalog.load(name).catch(() => undefined);
      return versions;
    } catch (error) {
      if (MicroError.is(error) && error.code === 404) return [];
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#owned) await this.#catalog.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
