import { MicroError } from "../../../core/errors.js";
import type { ConsulClient } from "../client/client.js";
import { checks, names } from "../client/requests.js";
import { readChecks, readTagLists } from "../entries/health-reading.js";
import { type BlockingQuery, type Reading, repeat } from "./blocking.js";
import type { Lists } from "./followed-service.js";

/** Longest filter expression in bytes, URL-encoded. Consul limits the whole request line to 8 KiB. */
const longestFilter = 6000;

export interface ListsOptions {
  /** Returns the names of the followed services. Undefined if all are followed. */
  readonly wanted: () => Iterable<string> | undefined;
  /**
   * Called when a list has arrived. `lost`: the registry may have lost its state. `unclear`: something has changed that
   * the list does not show.
   */
  readonly came: (news: { readonly lost: boolean; readonly unclear: boolean }) => void;
  /** Called when the registry answers, or with the error when it does not. */
  readonly reached: (error?: unknown) => void;
}

/** The services whose checks are queried, and the same as an expression for Consul. */
interface Filter {
  readonly names: ReadonlySet<string>;
  readonly expression: string;
}

/**
 * Follows all services by two queries: names and tags, and checks. They show every change except that of an address
 * alone, which only changes the index.
 */
export class ServiceLists implements Lists {
  tags: Lists["tags"];
  checks: Lists["checks"];
  readonly #client: ConsulClient;
  readonly #options: ListsOptions;
  readonly #stop = new AbortController();
  readonly #failing = new Set<string>();
  #filter: Filter | undefined;
  #filtering = new AbortController();
  /** Consul before 1.5 ignores filters, and old versions of `micro agent` refuse them. */
  #takesFilters = true;
  #came = 0;

  constructor(client: ConsulClient, options: ListsOptions) {
    this.#client = client;
    this.#options = options;
    void this.#follow({
      what: "watch services",
      request: names,
      onReading: (reading) => this.#takeTags(reading),
    });
    this.#followChecks();
  }

  /** The position of the last list in the order of all reads. */
  get now(): number {
    return this.#came;
  }

  /** Restarts the query for checks if other services are followed now. */
  refilter(): void {
    if (this.#wantedFilter()?.expression === this.#filter?.expression) return;
    this.#filtering.abort();
    this.#followChecks();
  }

  close(): void {
    this.#stop.abort();
    this.#filtering.abort();
  }

  #followChecks(): void {
    const filter = this.#wantedFilter();
    this.#filter = filter;
    this.#filtering = new AbortController();
    const query = {
      what: "watch checks",
      request: (blocking: object) => checks(blocking, filter?.expression),
      onReading: (reading: Reading) => this.#takeChecks(reading, filter),
    };
    void this.#follow(query, this.#filtering.signal);
  }

  #follow(query: BlockingQuery, signal = this.#stop.signal): Promise<void> {
    const { what, onReading } = query;
    const onReach = (error?: unknown) => {
      if (MicroError.is(error) && error.code === 400) this.#withoutFilters();
      else this.#reached(what, error);
    };
    const taken = (reading: Reading) => {
      const lost = reading.lost || this.#failing.has(what);
      this.#reached(what);
      onReading({ ...reading, lost });
    };
    return repeat(this.#client, { ...query, onReach, onReading: taken }, signal);
  }

  #takeTags({ body, lost, moved }: Reading): void {
    const before = this.tags?.of;
    const of = readTagLists(body);
    this.#came += 1;
    this.tags = { at: this.#came, of };
    const shown =
      before && (of.size !== before.size || [...of].some(([name, tags]) => before.get(name) !== tags));
    this.#options.came({ lost, unclear: moved && before !== undefined && !shown });
  }

  #takeChecks({ body, lost }: Reading, filter: Filter | undefined): void {
    const of = readChecks(body);
    if (filter && [...of.services.keys()].some((name) => !filter.names.has(name))) this.#withoutFilters();
    this.#came += 1;
    this.checks = { at: this.#came, of };
    this.#options.came({ lost, unclear: false });
  }

  #withoutFilters(): void {
    this.#takesFilters = false;
    this.refilter();
  }

  #wantedFilter(): Filter | undefined {
    const wanted = this.#takesFilters ? this.#options.wanted() : undefined;
    if (wanted === undefined) return undefined;
    const names = shortList(wanted);
    if (names === undefined) return undefined;
    // The checks of machines have an empty service name.
    const terms = ["", ...names].map((name) => `ServiceName == ${JSON.stringify(name)}`);
    const expression = terms.join(" or ");
    return encodeURIComponent(expression).length > longestFilter ? undefined : { names, expression };
  }

  #reached(what: string, error?: unknown): void {
    if (error === undefined) this.#failing.delete(what);
    else this.#failing.add(what);
    if (error !== undefined || this.#failing.size === 0) this.#options.reached(error);
  }
}

/** Returns the sorted names. Undefined if they do not fit into a filter, found without reading all of them. */
function shortList(wanted: Iterable<string>): ReadonlySet<string> | undefined {
  const names: string[] = [];
  let length = 0;
  for (const name of wanted) {
    length += name.length;
    if (length > longestFilter) return undefined;
    names.push(name);
  }
  return new Set(names.sort());
}
