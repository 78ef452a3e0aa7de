import { withTimeout } from "../core/async/with-timeout.js";
import { type Executed, MicroError, notFound, timeout } from "../core/errors.js";
import { parseAddress } from "../core/net/address.js";
import type { Node } from "../core/service.js";
import { type Clock, sleep, systemClock } from "../core/time/clock.js";
import { selectUntried } from "../selector/failover.js";
import { byNode, preferEndpoint } from "../selector/filters.js";
import type { Filter, Next, Selector } from "../selector/selector.js";
import type { Attempt, Attempts } from "./attempt.js";
import { hedged } from "./hedge.js";
import type { IdempotentMethods } from "./idempotent.js";
import { LatencyWindow } from "./latency.js";
import { decoded, type PendingCall } from "./pending-call.js";
import { isMissing, mayRetry, overAll, RetryBudget, retryDelay } from "./retry.js";

/** Progress of a call, for `CallReport`. */
export interface Progress {
  node: Node | undefined;
  attempts: number;
}

export interface UnaryParts {
  readonly selector: Selector;
  readonly attempts: Attempts;
  readonly idempotent: IdempotentMethods;
  /** Attempts after the first. */
  readonly retries: number;
  readonly clock?: Clock;
}

/** Runs unary calls: selects nodes, retries and hedges where that is safe, and keeps the deadline. */
export class Unary {
  readonly #selector: Selector;
  readonly #attempts: Attempts;
  readonly #idempotent: IdempotentMethods;
  readonly #retries: number;
  readonly #clock: Clock;
  readonly #budget = new RetryBudget();
  /** A separate budget, so that calls of a method that no node has do not spend the budget of other calls. */
  readonly #missing = new RetryBudget();
  readonly #latency = new Map<string, LatencyWindow>();

  constructor({ selector, attempts, idempotent, retries, clock = systemClock }: UnaryParts) {
    this.#clock = clock;
    this.#selector = selector;
    this.#attempts = attempts;
    this.#idempotent = idempotent;
    this.#retries = retries;
  }

  /**
   * Runs `call` and returns the decoded reply.
   * @throws {MicroError} of the last attempt, with what is known about whether the call was executed.
   */
  async run<Reply>(call: PendingCall, progress?: Progress): Promise<Reply> {
    const next = this.select(call);
    const found = next instanceof Promise ? await next : next;
    const { options, service, method } = call;
    const idempotent = !call.once && (options.idempotent ?? this.#idempotent.has(service, method));
    let node = found();
    /** Node ids of all attempts, hedges included. */
    const tried = [node.id];
    let executed: Executed | undefined;
    this.#budget.earn();
    this.#missing.earn();
    for (let number = 1; ; number++) {
      if (progress) {
        progress.node = node;
        progress.attempts = tried.length;
      }
      let attempt: Attempt | undefined;
      try {
        if (idempotent) return decoded(call, await this.#hedged(call, node, { number, tried, progress }));
        attempt = this.#attempts.begin(call, node, number);
        return decoded(call, this.#attempts.received(attempt, await attempt.reply));
      } catch (thrown) {
        const last = attempt ? this.#attempts.failed(attempt, thrown) : thrown;
        if (options.signal?.aborted) throw options.signal.reason;
        const error = overAll(executed, MicroError.from(last, "go.micro.client"));
        if (!this.#again(call, last, { number, idempotent })) throw error.with({ attempts: tried.length });
        const other = await (isMissing(last) ? this.#other(call, tried) : this.after(call, number, tried));
        if (options.signal?.aborted) throw options.signal.reason;
        if (!other) throw error.with({ attempts: tried.length });
        executed = error.executed;
        node = other;
      }
      tried.push(node.id);
    }
  }

  #again(
    call: PendingCall,
    error: unknown,
    { number, idempotent }: { number: number; idempotent: boolean },
  ): boolean {
    const budget = isMissing(error) ? this.#missing : this.#budget;
    const most = 1 + (call.options.retries ?? this.#retries);
    return number < most && mayRetry(error, idempotent) && call.deadline.left() > 0 && budget.spend();
  }

  #hedged(
    call: PendingCall,
    node: Node,
    { number, tried, progress }: { number: number; tried: string[]; progress: Progress | undefined },
  ): Promise<Uint8Array> {
    const latency = this.#window(call.service);
    const start = performance.now();
    const second = () => {
      const other = this.#other(call, tried);
      // A promise means that the registry has to be asked: too slow for a hedge.
      if (!other || other instanceof Promise) return undefined;
      if (!this.#budget.spend()) return undefined;
      tried.push(other.id);
      if (progress) progress.attempts = tried.length;
      return other;
    };
    const send = async (to: Node, cancelled: AbortSignal) => {
      const attempt = this.#attempts.begin(call, to, to === node ? number : number + 1, cancelled);
      const body = await this.#attempts.ended(attempt);
      if (progress) progress.node = to;
      latency.record(performance.now() - start);
      return body;
    };
    const delay = latency.hedgeDelay();
    return hedged(node, send, { delay, second, signal: call.options.signal, clock: this.#clock });
  }

  /**
   * The node to try after attempt `number`: an untried one, else any node after a pause. Undefined when none is found:
   * the error of the last attempt then says more than that of the selector.
   */
  async after(call: PendingCall, number: number, tried: readonly string[]): Promise<Node | undefined> {
    return (await this.#other(call, tried)) ?? (await this.#later(call, number));
  }

  async #later(call: PendingCall, attempts: number): Promise<Node | undefined> {
    const pause = Math.min(retryDelay(attempts), call.deadline.left());
    try {
      await sleep(pause, { clock: this.#clock, signal: call.options.signal });
      return (await this.select(call))();
    } catch {
      return undefined;
    }
  }

  #other(call: PendingCall, tried: readonly string[]): Node | undefined | Promise<Node | undefined> {
    return selectUntried((others) => this.select(call, [others]), tried);
  }

  /** The nodes for `call`, in the order of the strategy. Synchronous if the catalog has the service. */
  select(call: PendingCall, more: readonly Filter[] = []): Next | Promise<Next> {
    const { node, select, signal } = call.options;
    const { deadline } = call;
    if (!node && !select && more.length === 0)
      return this.#found(
        call,
        this.#selector.select(call.service, { endpoint: call.method, signal, deadline }),
      );
    const own = [...(select?.filters ?? []), ...(node ? [byNode(node)] : [])];
    const filters = [...own, preferEndpoint(call.method), ...more];
    const otherwise = (error: unknown) => {
      if (!node || more.length > 0) throw error;
      return elsewhere(call, node, error);
    };
    try {
      const found = this.#found(
        call,
        this.#selector.select(call.service, { ...select, filters, signal, deadline }),
      );
      return found instanceof Promise ? found.catch(otherwise) : found;
    } catch (error) {
      return otherwise(error);
    }
  }

  #found(call: PendingCall, next: Next | Promise<Next>): Next | Promise<Next> {
    if (!(next instanceof Promise)) return next;
    const late = () =>
      timeout("go.micro.client", `look up "${call.service}": the registry did not answer in time`, {
        executed: "no",
      });
    return withTimeout(next, call.deadline.left(), late, { clock: this.#clock });
  }

  #window(service: string): LatencyWindow {
    const known = this.#latency.get(service);
    if (known) return known;
    const made = new LatencyWindow();
    if (this.#latency.size < 1000) this.#latency.set(service, made);
    return made;
  }
}

/** With `anywhere`, a node at an address that is not registered. @throws {MicroError} 404 without. */
function elsewhere({ service, options }: PendingCall, node: string, error: unknown): Next {
  if (!MicroError.is(error) || error.code !== 404) throw error;
  if (options.anywhere) {
    const { host, port } = parseAddress(node);
    const target = { id: node, address: host, port, metadata: {} };
    return () => target;
  }
  if (error.reason === "SERVICE_NOT_FOUND") throw error;
  const detail = `node "${node}": no node of "${service}"`;
  throw notFound("go.micro.client", detail, { reason: "NODE_NOT_FOUND", executed: "no", cause: error });
}
