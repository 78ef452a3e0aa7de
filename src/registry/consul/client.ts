import { sleep } from "../../core/clock.js";
import { badRequest, type MicroError } from "../../core/errors.js";
import { fields } from "../parse.js";
import { type Answer, type Call, ConsulConnection } from "./connection.js";
import { CallFailure, tell } from "./failure.js";
import { Pulse } from "./pulse.js";
import { leader, self } from "./requests.js";
import type { ConsulSettings } from "./settings.js";
import { Slots } from "./slots.js";
import { maxShort } from "./sockets.js";
import { Wakeable } from "./wakeable.js";

/** Milliseconds that a short call may take, and within which all agents are dialled. */
const shortTimeout = 2000;
const dialBudget = 800;

/** Queries that are remembered for news that came before them: services fail that nobody here watches. */
const maxNews = 10_000;
/**
 * Blocking queries at a time: Consul takes 200 connections of a client, the embedded agent more. Each holds for 30 s,
 * or when there are more watches than that, for a second, so that all get their turn.
 */
export const maxBlocking = 150;
const maxBlockingAtAgent = 9000;
const hold = 30_000;
const crowdedHold = 1000;

/** What to ask, in words, for the error if it fails. */
export interface Question {
  readonly what: string;
  readonly signal?: AbortSignal;
}

interface WaitingQuestion extends Question {
  readonly signal: AbortSignal;
}

/** Speaks to the first Consul agent that works, and stays with it until it fails. */
export class ConsulClient {
  readonly #connections: readonly ConsulConnection[];
  readonly #unsure = new Wakeable();
  readonly #slots = new Slots(maxBlocking);
  /** As many as there are sockets for short calls: a call that waits for one must not run out of time. */
  readonly #shortSlots = new Slots(maxShort);
  /** Queries for which there is news, and that were on their way. */
  readonly #news = new Set<string>();
  readonly #resting = new Set<{ readonly what: string; readonly news: AbortController }>();
  readonly #pulse: Pulse;
  #watches = 0;
  #blocking = maxBlocking;
  #widening: Promise<void> | undefined;
  #current = 0;
  #down = false;

  constructor(settings: ConsulSettings) {
    const dialTimeout = Math.max(100, dialBudget / settings.places.length);
    this.#connections = settings.places.map((place) => new ConsulConnection(place, settings, dialTimeout));
    this.#pulse = new Pulse(() => this.ask(leader(), { what: "ask for the leader" }));
  }

  /** Counts a watch for as long as `watch` runs. */
  async watching(watch: () => Promise<void>): Promise<void> {
    this.#watches += 1;
    await watch().finally(() => {
      this.#watches -= 1;
    });
  }

  /** Asks each agent in turn until one answers. @throws {MicroError} 503 REGISTRY_UNREACHABLE when none does. */
  ask(call: Call, question: Question): Promise<Answer> {
    return this.#shortSlots.run(() => this.#askEach(call, question), question.signal);
  }

  async #askEach(call: Call, question: Question): Promise<Answer> {
    let failed: MicroError | undefined;
    for (const _ of this.#connections) {
      try {
        return await this.#try(
          (connection) => retryReset(() => connection.call(call, shortTimeout, question.signal)),
          question,
        );
      } catch (error) {
        failed = error as MicroError;
        if (failed.code !== 503) throw failed;
      }
    }
    this.#pulse.cut(failed);
    throw failed;
  }

  /**
   * Asks the present agent alone, for an answer that comes with news: another agent has other indexes. First reads go
   * first: 150 waiting queries between them make a catalog of 1,000 services a tenth slower to fill.
   */
  async wait(call: (wait: string) => Call, what: string, signal: AbortSignal): Promise<Answer> {
    await this.#shortSlots.lineOver();
    if (this.#watches > maxBlocking) {
      this.#widening ??= this.#widen();
      await this.#widening;
    }
    const held = this.#watches > this.#blocking ? crowdedHold : hold;
    const waiting = this.#slots.run(() => this.#held(call, { what, signal }, held), signal, what);
    if (this.#news.delete(what)) this.#slots.hasten(what);
    return waiting;
  }

  /** The same for a query that tells of all others, and never waits for its turn. */
  async lead(call: (wait: string) => Call, what: string, signal: AbortSignal): Promise<Answer> {
    return this.#held(call, { what, signal }, hold);
  }

  #held(call: (wait: string) => Call, { what, signal }: WaitingQuestion, held: number): Promise<Answer> {
    return this.#pulse.during((cut) => {
      const either = AbortSignal.any([signal, cut]);
      const asked = call(`${held / 1000}s`);
      return this.#try((connection) => connection.call(asked, held * 1.1 + 1000, either), { what });
    });
  }

  /** Waits `ms`, or less when there is news for the query `what`. */
  async rest(what: string, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#news.has(what)) return;
    const resting = { what, news: new AbortController() };
    this.#resting.add(resting);
    const end = AbortSignal.any([signal, resting.news.signal]);
    await sleep(ms, { signal: end }).catch(() => {});
    this.#resting.delete(resting);
  }

  /** There is news for the query `what`: it is asked next, whether it rests, waits for its turn, or soon will. */
  hasten(what: string): void {
    for (const resting of this.#resting) if (resting.what === what) resting.news.abort();
    if (!this.#slots.hasten(what) && this.#news.size < maxNews) this.#news.add(what);
  }

  /** Waits for more news at a time when it is the embedded agent that is asked. */
  async #widen(): Promise<void> {
    try {
      const { body } = await this.ask(self(), { what: "ask which registry it is" });
      if (fields(fields(body).Config).Revision !== "micro-agent") return;
      this.#slots.widen(maxBlockingAtAgent - this.#blocking);
      this.#blocking = maxBlockingAtAgent;
    } catch {
      this.#widening = undefined;
    }
  }

  /** Waits `ms`, or less when Consul answers again. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#unsure.sleep(ms, signal);
  }

  close(): void {
    this.#pulse.stop();
    for (const connection of this.#connections) connection.close();
  }

  async #try(call: (connection: ConsulConnection) => Promise<Answer>, { what }: Question): Promise<Answer> {
    const place = this.#current;
    const connection = this.#connections[place];
    if (connection === undefined) throw badRequest("go.micro.registry", "registry: no address");
    try {
      const answer = await call(connection);
      this.#answered();
      return answer;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const told = tell(error, what, connection.address);
      if (told.code !== 503) this.#answered();
      else if (place === this.#current) this.#next(told);
      throw told;
    }
  }

  #answered(): void {
    if (this.#down) this.#unsure.wake();
    this.#down = false;
  }

  #next(failed: MicroError): void {
    this.#down = true;
    if (this.#connections.length > 1) this.#pulse.cut(failed);
    this.#current = (this.#current + 1) % this.#connections.length;
  }
}

/** A socket that was kept may have died meanwhile: what we ask may be asked twice, but for news of an old index. */
async function retryReset(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof CallFailure) || !["ECONNRESET", "EPIPE"].includes(error.text)) throw error;
    return call();
  }
}
