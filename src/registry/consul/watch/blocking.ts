import { TokenBucket } from "../../../core/async/token-bucket.js";
import { unavailable } from "../../../core/errors.js";
import { backOff, spread } from "../../../core/time/backoff.js";
import { sleep } from "../../../core/time/clock.js";
import type { Call } from "../client/call.js";
import type { ConsulClient } from "../client/client.js";
import type { ConsulAnswer } from "../client/connection.js";
import type { Said } from "../client/origin.js";

/** Rate limit for queries whose answer came at once although nothing had changed: two, then one every 5 s. */
export const queryPace = { burst: 2, every: 5000 };
/** Rate limit for all queries, also those whose index has moved: 20, then 20 a second. */
const queryRate = { burst: 20, every: 50 };
/** Back-off in milliseconds after a failed query. */
const retry = { least: 100, most: 1000 };
/** Milliseconds after which everything is read again, even if the index has not changed. */
const rereadAfter = 60_000;

/**
 * Milliseconds to pause after an answer, per character of it: where a large list changes all the time, reading it takes
 * a tenth of a core. Nothing is missed, since the next query names the index.
 */
const pausePerCharacter = 1 / 10_000;
const longestPause = 400;

/**
 * Milliseconds without a query after which the next one must not block. Consul may have restarted without its state in
 * the meantime, and would hold a query for an index that it has not reached yet.
 */
const blindAfter = 500;

/** One answer to a query. */
export interface Reading extends Said {
  /** True if the registry may have lost its state: the index went back, or it was unreachable. */
  readonly lost: boolean;
  /** True if the index has changed. */
  readonly moved: boolean;
}

/** A query that is repeated whenever its answer changes. */
export interface BlockingQuery {
  readonly what: string;
  /** Makes the request. `index` and `wait` make it a blocking one. */
  readonly request: (blocking: { index?: string; wait?: string }) => Call;
  readonly onReach?: (error?: unknown) => void;
  /** Called with each answer. If it throws, the answer counts as unreadable. */
  readonly onReading: (reading: Reading) => void;
}

/** Repeats a query until `signal` aborts, by the rules of Consul's documentation for blocking queries. */
export async function repeat(client: ConsulClient, query: BlockingQuery, signal: AbortSignal): Promise<void> {
  const loop = new Loop(client, query, signal);
  while (!signal.aborted) await loop.turn();
}

class Loop {
  readonly #client: ConsulClient;
  readonly #query: BlockingQuery;
  readonly #signal: AbortSignal;
  readonly #pace = new TokenBucket(queryPace);
  readonly #rate = new TokenBucket(queryRate);
  /** Index of the last answer. 0: the next query does not block. */
  #index = 0n;
  #failures = 0;
  #pause = 0;
  #lastRead = performance.now();
  #rereadAfter = spread(rereadAfter);

  constructor(client: ConsulClient, query: BlockingQuery, signal: AbortSignal) {
    this.#client = client;
    this.#query = query;
    this.#signal = signal;
  }

  async turn(): Promise<void> {
    const wait = Math.max(this.#pace.reserve(), this.#rate.reserve(), this.#pause);
    if (wait > 0) await sleep(wait, { signal: this.#signal }).catch(() => {});
    if (wait > blindAfter) await this.#read(true);
    await this.#read(false);
  }

  async #read(anew: boolean): Promise<void> {
    if (this.#signal.aborted) return;
    try {
      const answer = await this.#ask(anew);
      const origin = await answer.origin();
      if (!this.#signal.aborted) this.#answered(answer, origin);
    } catch (error) {
      if (!this.#signal.aborted) await this.#failed(error);
    }
  }

  #ask(anew: boolean): Promise<ConsulAnswer> {
    const { what, request } = this.#query;
    const due = performance.now() - this.#lastRead > this.#rereadAfter;
    if (this.#index === 0n || due || anew) {
      this.#lastRead = performance.now();
      this.#rereadAfter = spread(rereadAfter);
      return this.#client.ask(request({}), { what, signal: this.#signal, origin: true });
    }
    const index = String(this.#index);
    return this.#client.wait((wait) => request({ index, wait }), what, this.#signal);
  }

  #answered({ headers, body, size }: ConsulAnswer, origin: Said["origin"]): void {
    const index = requireIndex(headers);
    const back = index < this.#index;
    const lost = back || this.#failures > 0;
    const moved = index !== this.#index;
    this.#query.onReading({ body, origin, lost, moved });
    const news = moved && this.#index !== 0n;
    if (news || this.#failures > 0) this.#pace.give(1);
    this.#index = back ? 0n : index;
    this.#pause = Math.min(longestPause, size * pausePerCharacter);
    if (this.#failures > 0) this.#query.onReach?.();
    this.#failures = 0;
  }

  async #failed(error: unknown): Promise<void> {
    this.#pace.give(1);
    this.#index = 0n;
    if (this.#failures === 0) this.#query.onReach?.(error);
    this.#failures += 1;
    await this.#client.pause(backOff(this.#failures, retry), this.#signal);
  }
}

/** Returns the index of an answer. 0 if it is missing or malformed. */
export function indexOf(headers: ConsulAnswer["headers"]): bigint {
  const header = headers["x-consul-index"];
  return typeof header === "string" && /^\d{1,20}$/.test(header) ? BigInt(header) : 0n;
}

/** @throws {MicroError} 503 for a missing or malformed index, without which a query cannot block. */
function requireIndex(headers: ConsulAnswer["headers"]): bigint {
  const index = indexOf(headers);
  if (index === 0n)
    throw unavailable("go.micro.registry", `watch: X-Consul-Index "${String(headers["x-consul-index"])}"`, {
      reason: "REGISTRY_UNREACHABLE",
    });
  return index;
}
