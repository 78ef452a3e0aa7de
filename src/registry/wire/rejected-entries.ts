import { TokenBucket } from "../../core/async/token-bucket.js";
import { type Log, silent } from "../../core/log/log.js";
import { type Clock, systemClock } from "../../core/time/clock.js";

/** Lines at once, and milliseconds until one more. */
const limit = { burst: 20, every: 10_000 };
/** Entries remembered as logged: the registry is not trusted to be small. */
const maxSeen = 1000;
const maxText = 200;

/** An entry that cannot be used, and why. Its texts are untrusted. */
export interface RejectedEntry {
  readonly service: string;
  readonly node: string;
  readonly why: string;
}

/** Logs the entries of a registry that cannot be used: each once, and all of them at a limited rate. */
export class RejectedEntries {
  readonly #log: Log;
  readonly #clock: Clock;
  /** Created at the first entry: reading the clock loads a module of Node, which most commands start without. */
  #limit: TokenBucket | undefined;
  readonly #seen = new Set<string>();

  constructor(log: Log = silent, clock: Clock = systemClock) {
    this.#log = log;
    this.#clock = clock;
  }

  readonly report = ({ service, node, why }: RejectedEntry): void => {
    const fields = { service: escaped(service), node: escaped(node), why: escaped(why) };
    const key = JSON.stringify(fields);
    this.#limit ??= new TokenBucket({ ...limit, clock: this.#clock });
    if (this.#seen.has(key) || !this.#limit.take()) return;
    if (this.#seen.size >= maxSeen) this.#seen.clear();
    this.#seen.add(key);
    this.#log.warn(fields, "registry entry ignored: no call reaches its node");
  };
}

/** Printable ASCII, whatever the text holds. */
function escaped(text: string): string {
  const cut = text.length > maxText ? `${text.slice(0, maxText)}...` : text;
  return cut.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
