import { badRequest, type MicroError } from "../../../core/errors.js";
import type { Call } from "./call.js";
import { CallFailure, errorOfCall } from "./call-failure.js";
import { type ConsulAnswer, ConsulConnection } from "./connection.js";
import type { ConsulSettings } from "./consul-settings.js";
import { InterruptibleSleep } from "./interruptible-sleep.js";
import { LivenessProbe } from "./liveness-probe.js";
import { type Priority, PrioritySemaphore } from "./priority-semaphore.js";
import { leader } from "./requests.js";

/** Milliseconds that a short call may take unless its caller says otherwise. */
const shortTimeout = 5000;
const longestTimeout = 600_000;
/** Milliseconds for an agent to answer where another one can be asked in its place. */
const failoverTimeout = 2000;
/** Milliseconds in which an agent has to tell its name. */
const originTimeout = 1000;
/** Milliseconds within which all agents are dialled. */
const dialBudget = 800;
/** How long a blocking query waits for news, in milliseconds. */
const hold = 20_000;

/**
 * Connections for short calls: Consul allows 200 for all programs of a host together. Two blocking queries beside them
 * make 4 for a process that follows some services, and 14 for one that follows many.
 */
const fewShort = 2;
const manyShort = 12;

/** What to ask, in words, for the error if it fails. */
export interface Question {
  readonly what: string;
  readonly signal?: AbortSignal;
  readonly priority?: Priority;
  /** Milliseconds that the answer may take, the wait for a connection apart; 10 minutes at most. Default 5,000. */
  readonly timeout?: number;
  /** The origin of the answer matters: the agent is asked for its name beside the question, unless that is known. */
  readonly origin?: boolean;
}

/** Speaks to the first Consul agent that works, and stays with it until it fails. */
export class ConsulClient {
  readonly #connections: readonly ConsulConnection[];
  readonly #unsure = new InterruptibleSleep();
  readonly #short = new PrioritySemaphore(fewShort);
  readonly #probe: LivenessProbe;
  #current = 0;
  #down = false;
  #users = 0;
  #busy = false;

  constructor(settings: ConsulSettings) {
    const dialTimeout = Math.max(100, dialBudget / settings.places.length);
    const ask = (connection: ConsulConnection, call: Call) =>
      this.#short.run(() => retryReset(() => connection.call(call, originTimeout)), { priority: "keep" });
    this.#connections = settings.places.map(
      (place) => new ConsulConnection(place, settings, { dialTimeout, ask }),
    );
    this.#probe = new LivenessProbe(() =>
      this.ask(leader(), { what: "ask for the leader", priority: "keep" }),
    );
  }

  /** Registries that share it. */
  get users(): number {
    return this.#users;
  }

  set users(users: number) {
    this.#users = users;
    this.#limit();
  }

  /** Whether many services are followed, whose reads must not wait for two connections. */
  set busy(busy: boolean) {
    this.#busy = busy;
    this.#limit();
  }

  #limit(): void {
    this.#short.limit = this.#busy
      ? manyShort
      : Math.max(fewShort, Math.min(manyShort, fewShort * this.#users));
  }

  /** Asks each agent in turn until one answers. @throws {MicroError} 503 REGISTRY_UNREACHABLE when none does. */
  ask(call: Call, question: Question): Promise<ConsulAnswer> {
    return this.#short.run(() => this.#askEach(call, question), question);
  }

  async #askEach(call: Call, question: Question): Promise<ConsulAnswer> {
    const { timeout: wanted = shortTimeout, signal } = question;
    const timeout = Math.min(wanted, longestTimeout);
    let failed: MicroError | undefined;
    for (let left = this.#connections.length; left > 0; left--) {
      const limit = left > 1 ? Math.min(timeout, failoverTimeout) : timeout;
      try {
        return await this.#try(
          (connection) => retryReset(() => connection.call(call, limit, signal)),
          question,
        );
      } catch (error) {
        failed = error as MicroError;
        if (failed.code !== 503) throw failed;
      }
    }
    this.#probe.cut(failed);
    throw failed;
  }

  /** Asks the present agent alone, for an answer that comes with news: another agent has other indexes. */
  async wait(call: (wait: string) => Call, what: string, signal: AbortSignal): Promise<ConsulAnswer> {
    return this.#probe.during((cut) => {
      const either = AbortSignal.any([signal, cut]);
      const asked = call(`${hold / 1000}s`);
      return this.#try((connection) => connection.call(asked, hold * 1.1 + 1000, either), {
        what,
        origin: true,
      });
    });
  }

  /** Waits `ms`, or less when Consul answers again. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#unsure.sleep(ms, signal);
  }

  close(): void {
    this.#probe.stop();
    for (const connection of this.#connections) connection.close();
  }

  async #try(
    call: (connection: ConsulConnection) => Promise<ConsulAnswer>,
    question: Question,
  ): Promise<ConsulAnswer> {
    const { what, origin } = question;
    const place = this.#current;
    const connection = this.#connections[place];
    if (connection === undefined) throw badRequest("go.micro.registry", "registry: no address");
    // who takes the answer hears of a failure
    if (origin) connection.origin.read().catch(() => undefined);
    try {
      const answer = await call(connection);
      this.#answered();
      return answer;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const told = errorOfCall(error, what, connection.address);
      if (told.code === 503) connection.origin.forget();
      if (told.code !== 503) this.#answered();
      else if (place === this.#current) this.#next(told);
      throw told;
    }
  }

  #answered(): void {
    this.#probe.answered();
    if (this.#down) this.#unsure.wake();
    this.#down = false;
  }

  #next(failed: MicroError): void {
    this.#down = true;
    if (this.#connections.length > 1) this.#probe.cut(failed);
    this.#current = (this.#current + 1) % this.#connections.length;
  }
}

/** A socket that was kept may have died meanwhile: what we ask may be asked twice, but for news of an old index. */
async function retryReset(call: () => Promise<ConsulAnswer>): Promise<ConsulAnswer> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof CallFailure) || !["ECONNRESET", "EPIPE"].includes(error.text)) throw error;
    return call();
  }
}
