import { badRequest, type MicroError } from "../../../core/errors.js";
import type { Call } from "./call.js";
import { CallFailure, errorOfCall } from "./call-failure.js";
import { type ConsulAnswer, ConsulConnection } from "./connection.js";
import type { ConsulSettings } from "./consul-settings.js";
import { InterruptibleSleep } from "./interruptible-sleep.js";
import { LivenessProbe } from "./liveness-probe.js";
import { type Priority, PrioritySemaphore } from "./priority-semaphore.js";
import { leader } from "./requests.js";

/** Time limit of a short call in milliseconds, unless its caller sets another. */
const shortTimeout = 5000;
const longestTimeout = 600_000;
/** Time limit of a short call in milliseconds while there is another agent to try. */
const failoverTimeout = 2000;
/** Time limit in milliseconds for asking an agent for its name. */
const originTimeout = 1000;
/** Time in milliseconds to connect, divided among all agents. */
const dialBudget = 800;
/** Milliseconds for which Consul holds a blocking query when nothing changes. */
const hold = 20_000;

/**
 * Connections for short calls. Consul allows 200 per host, for all programs together. With two blocking queries, a
 * process uses 4 if it follows a few services, and 14 if it follows many.
 */
const fewShort = 2;
const manyShort = 12;

/** Options of a request. */
export interface Question {
  /** What is asked, for errors: `list services`. */
  readonly what: string;
  readonly signal?: AbortSignal;
  readonly priority?: Priority;
  /** Time limit in milliseconds, without the wait for a connection. At most 10 minutes. Default 5000. */
  readonly timeout?: number;
  /**
   * True if the caller needs the origin of the answer. The agent is then asked for its name at the same time, unless it
   * is known.
   */
  readonly origin?: boolean;
}

/** Talks to the first Consul agent that works, and stays with it until it fails. */
export class ConsulClient {
  readonly #connections: readonly ConsulConnection[];
  readonly #retryPause = new InterruptibleSleep();
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

  /** Number of registries that share this client. */
  get users(): number {
    return this.#users;
  }

  set users(users: number) {
    this.#users = users;
    this.#limit();
  }

  /** True if many services are followed: their reads need more than two connections. */
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

  /** Makes a blocking query. It stays with the current agent, because every agent has its own index. */
  async wait(call: (wait: string) => Call, what: string, signal: AbortSignal): Promise<ConsulAnswer> {
    return this.#probe.during((cut) => {
      const either = AbortSignal.any([signal, cut]);
      const query = call(`${hold / 1000}s`);
      // Consul adds up to a sixteenth of jitter to the wait
      return this.#try((connection) => connection.call(query, hold * 1.1 + 1000, either), {
        what,
        origin: true,
      });
    });
  }

  /** Waits `ms` milliseconds, or less if Consul answers again earlier. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#retryPause.sleep(ms, signal);
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
    const index = this.#current;
    const connection = this.#connections[index];
    if (connection === undefined) throw badRequest("go.micro.registry", "registry: no address");
    // starts the read; a failure is thrown where the origin is used
    if (origin) connection.origin.read().catch(() => undefined);
    try {
      const answer = await call(connection);
      this.#answered();
      return answer;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const failure = errorOfCall(error, what, connection.address);
      if (failure.code === 503) connection.origin.forget();
      if (failure.code !== 503) this.#answered();
      else if (index === this.#current) this.#next(failure);
      throw failure;
    }
  }

  #answered(): void {
    this.#probe.answered();
    if (this.#down) this.#retryPause.wake();
    this.#down = false;
  }

  #next(failed: MicroError): void {
    this.#down = true;
    if (this.#connections.length > 1) this.#probe.cut(failed);
    this.#current = (this.#current + 1) % this.#connections.length;
  }
}

/**
 * Repeats a call whose connection was reset: an idle socket may have been closed by Consul. Short calls can safely be
 * repeated.
 */
async function retryReset(call: () => Promise<ConsulAnswer>): Promise<ConsulAnswer> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof CallFailure) || !["ECONNRESET", "EPIPE"].includes(error.text)) throw error;
    return call();
  }
}
