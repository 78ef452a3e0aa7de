import { TokenBucket } from "../../../core/async/token-bucket.js";
import { unavailable } from "../../../core/errors.js";
import { backOff, spread } from "../../../core/time/backoff.js";
import { sleep } from "../../../core/time/clock.js";
import type { Call } from "../client/call.js";
import type { ConsulClient } from "../client/client.js";
import type { ConsulAnswer } from "../client/connection.js";
import type { Said } from "../client/origin.js";

/** Queries at once, and milliseconds for each further one while the registry answers at once though nothing moved. */
export const queryPace = { burst: 2, every: 5000 };
/** Milliseconds before a query that failed is made again. */
const retry = { least: 100, most: 1000 };
/** Milliseconds after which everything is read again, whatever the index says. */
const rereadAfter = 60_000;

/**
 * Milliseconds of rest after an answer, by its size: where a large list changes all the time, reading it takes a tenth
 * of a core. Nothing is missed meanwhile, since the next query names the index.
 */
const restPerCharacter = 1 / 10_000;
const longestRest = 400;

/** A read of all that a watch is about. */
export interface Reading extends Said {
  /** The registry lost its state, or may have: the index went back, or it was away. */
  readonly lost: boolean;
  /** The index is another one than before. */
  readonly moved: boolean;
}

/** A query that is repeated as soon as its answer changes. */
export interface BlockingQuery {
  readonly what: string;
  /** The request, with `index` and `wait` for one that waits for news. */
  readonly request: (blocking: { index?: string; wait?: string }) => Call;
  readonly onReach?: (error?: unknown) => void;
  /** Takes a reading. What it throws counts as an answer that cannot be read. */
  readonly take: (reading: Reading) => void;
}

/** Asks again and again until `signal` aborts: Consul's blocking queries, done as its documentation wants them. */
export async function repeat(client: ConsulClient, query: BlockingQuery, signal: AbortSignal): Promise<void> {
  const loop = new Loop(client, query, signal);
  while (!signal.aborted) await loop.turn();
}

class Loop {
  readonly #client: ConsulClient;
  readonly #query: BlockingQuery;
  readonly #signal: AbortSignal;
  readonly #pace = new TokenBucket(queryPace);
  /** 0 asks for an answer at once. */
  #index = 0n;
  #failures = 0;
  #rest = 0;
  #lastRead = performance.now();
  #rereadAfter = spread(rereadAfter);

  constructor(client: ConsulClient, query: BlockingQuery, signal: AbortSignal) {
    this.#client = client;
    this.#query = query;
    this.#signal = signal;
  }

  async turn(): Promise<void> {
    const wait = Math.max(this.#pace.reserve(), this.#rest);
    if (wait > 0) await sleep(wait, { signal: this.#signal }).catch(() => {});
    if (this.#signal.aborted) return;
    try {
      const answer = await this.#ask();
      const origin = await answer.origin();
      if (!this.#signal.aborted) this.#answered(answer, origin);
    } catch (error) {
      if (!this.#signal.aborted) await this.#failed(error);
    }
  }

  #ask(): Promise<ConsulAnswer> {
    const { what, request } = this.#query;
    const due = performance.now() - this.#lastRead > this.#rereadAfter;
    if (this.#index === 0n || due) {
      this.#lastRead = performance.now();
      this.#rereadAfter = spread(rereadAfter);
      return this.#client.ask(request({}), { what, signal: this.#signal, origin: true });
    }
    const index = String(this.#index);
    return this.#client.wait((wait) => request({ index, wait }), what, this.#signal);
  }

  #answered({ headers, body, size }: ConsulAnswer, origin: Said["origin"]): void {
    const index = readIndex(headers["x-consul-index"]);
    const back = index < this.#index;
    const lost = back || this.#failures > 0;
    const moved = index !== this.#index;
    this.#query.take({ body, origin, lost, moved });
    const news = moved && this.#index !== 0n;
    if (news || this.#failures > 0) this.#pace.give(1);
    this.#index = back ? 0n : index;
    this.#rest = Math.min(longestRest, size * restPerCharacter);
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

/** @throws {MicroError} 503 when it is none: nothing can be waited for then. */
function readIndex(header: unknown): bigint {
  const index = typeof header === "string" && /^\d{1,20}$/.test(header) ? BigInt(header) : 0n;
  if (index === 0n)
    throw unavailable("go.micro.registry", `watch: X-Consul-Index "${String(header)}"`, {
      reason: "REGISTRY_UNREACHABLE",
    });
  return index;
}
