import { badRequest, forbidden, type MicroError, notFound, unavailable } from "../../core/errors.js";
import { type Answer, type Call, CallFailure, ConsulConnection } from "./connection.js";
import type { ConsulSettings } from "./settings.js";
import { Wakeable } from "./wakeable.js";

/** Milliseconds that a short call may take, and within which all agents are dialled. */
const shortTimeout = 2000;
const dialBudget = 800;

/** What to ask, in words, for the error if it fails. */
export interface Question {
  readonly what: string;
  readonly signal?: AbortSignal;
}

/** Speaks to the first Consul agent that works, and stays with it until it fails. */
export class ConsulClient {
  readonly #connections: readonly ConsulConnection[];
  readonly #unsure = new Wakeable();
  #current = 0;
  #down = false;

  constructor(settings: ConsulSettings) {
    const dialTimeout = Math.max(100, dialBudget / settings.places.length);
    this.#connections = settings.places.map((place) => new ConsulConnection(place, settings, dialTimeout));
  }

  /** Asks each agent in turn until one answers. @throws {MicroError} 503 REGISTRY_UNREACHABLE when none does. */
  async ask(call: Call, question: Question): Promise<Answer> {
    let failed: MicroError | undefined;
    for (const _ of this.#connections) {
      try {
        return await this.#try(call, question, shortTimeout);
      } catch (error) {
        failed = error as MicroError;
        if (failed.reason !== "REGISTRY_UNREACHABLE") break;
      }
    }
    throw failed;
  }

  /** Asks the present agent alone, for an answer that may take `wait` ms: another's would have another index. */
  async wait(call: Call, question: Question, wait: number): Promise<Answer> {
    return this.#try(call, question, wait * 1.1 + 1000);
  }

  /** Waits `ms`, or less when Consul answers again. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#unsure.sleep(ms, signal);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async #try(call: Call, { what, signal }: Question, timeout: number): Promise<Answer> {
    const place = this.#current;
    const connection = this.#connections[place];
    if (connection === undefined) throw badRequest("go.micro.registry", "registry: no address");
    try {
      const answer = await retryReset(() => connection.call(call, timeout, signal));
      this.#answered();
      return answer;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const told = tell(error, what, connection.address);
      if (told.reason !== "REGISTRY_UNREACHABLE") this.#answered();
      else if (place === this.#current) this.#next();
      throw told;
    }
  }

  #answered(): void {
    if (this.#down) this.#unsure.wake();
    this.#down = false;
  }

  #next(): void {
    this.#down = true;
    this.#current = (this.#current + 1) % this.#connections.length;
  }
}

/** A socket that was kept may have died meanwhile: all that we ask may be asked twice. */
async function retryReset(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof CallFailure) || !["ECONNRESET", "EPIPE"].includes(error.text)) throw error;
    return call();
  }
}

/** How Consul before 1.11 says 404. */
const unknown = /unknown (check|service)|does not have associated TTL/i;

function tell(failure: CallFailure, what: string, address: string): MicroError {
  const id = "go.micro.registry";
  const context = { cause: failure };
  const { status, text } = failure;
  if (status === 401 || status === 403)
    return forbidden(id, `${what}: consul at ${address} does not allow it: "${text}"`, context);
  if (status === 404 || (status === 500 && unknown.test(text)))
    return notFound(id, `${what}: consul at ${address} says "${text}"`, context);
  if (status === 400) return badRequest(id, `${what}: consul at ${address} says "${text}"`, context);
  const found = status === undefined ? text : `status ${status}, "${text}"`;
  const detail = `${what}: consul at ${address} is unreachable: ${found}`;
  return unavailable(id, detail, { ...context, reason: "REGISTRY_UNREACHABLE" });
}
