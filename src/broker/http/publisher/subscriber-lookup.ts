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

/** Milliseconds for the registry to say who subscribes. */
const readTimeout = 5000;

type Versions = readonly Service[];

/** Who subscribes to what: a live copy for the topics that have subscribers, asked anew for the others. */
export class SubscriberLookup implements Closeable {
  readonly #registry: Registry;
  readonly #catalog: Catalog;
  readonly #owned: boolean;
  readonly #asking = new Map<string, SingleFlight<Versions>>();

  /** @param options.catalog of the same registry, which stays its owner's to close. */
  constructor(registry: Registry, { catalog, log }: { readonly catalog?: Catalog; readonly log?: Log }) {
    this.#registry = registry;
    this.#catalog = catalog ?? new Catalog(registry, { log });
    this.#owned = catalog === undefined;
  }

  /**
   * The queues of `topic` with their members, at once where they are known; answered in the order asked.
   * @throws {MicroError} 503 when they are not known and the registry is away.
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
    const asking = new SingleFlight(async () => {
      const versions = await this.#read(name).finally(() => setImmediate(forget));
      return versions;
    });
    const forget = () => {
      if (asking.idle) this.#asking.delete(name);
    };
    this.#asking.set(name, asking);
    return asking.run();
  }

  /** A first subscriber must not be missed: that nobody subscribes is never believed from memory. */
  async #read(name: string): Promise<Versions> {
    const known = this.#known(name);
    if (known) return known;
    try {
      const limited = { what: `get service "${name}"`, limit: readTimeout };
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
