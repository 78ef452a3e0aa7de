import type { Expiring } from "../../../core/time/deadline-sweeper.js";
import { type HttpCall, late } from "./exchange.js";

/** A call that waits for a socket: the limit of sockets being opened is reached, and no other is idle. */
export class WaitingCall implements Expiring {
  /** Deadline, by the monotonic clock. */
  readonly expires: number;
  readonly request: readonly Buffer[];
  readonly #call: HttpCall;
  readonly #onLeft: (call: WaitingCall) => void;

  constructor(outgoing: HttpCall, request: readonly Buffer[], onLeft: (call: WaitingCall) => void) {
    const { signal, timeout = Number.POSITIVE_INFINITY, now = performance.now() } = outgoing.limits;
    this.expires = now + timeout;
    this.request = request;
    this.#call = outgoing;
    this.#onLeft = onLeft;
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Ends the wait. Returns the call with its remaining time. */
  go(): HttpCall {
    const { limits, ...outgoing } = this.#call;
    limits.signal?.removeEventListener("abort", this.#onAbort);
    const now = performance.now();
    const timeout = limits.timeout === undefined ? undefined : Math.max(0, this.expires - now);
    return { ...outgoing, limits: { signal: limits.signal, timeout, now } };
  }

  expire(address: string): void {
    this.fail(late(address).with({ executed: "no" }));
  }

  fail(reason: unknown): void {
    this.#call.limits.signal?.removeEventListener("abort", this.#onAbort);
    this.#onLeft(this);
    this.#call.reject(reason);
  }

  readonly #onAbort = (): void => this.fail(this.#call.limits.signal?.reason);
}
