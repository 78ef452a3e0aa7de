import type { Expiring } from "../../deadline-sweeper.js";
import { type Asked, late } from "./exchange.js";

/** A call that has no socket yet: so many are being opened that it waits for the next one that is free. */
export class WaitingCall implements Expiring {
  /** Of the monotonic clock, in milliseconds. */
  readonly expires: number;
  readonly request: readonly Buffer[];
  readonly #asked: Asked;
  readonly #onLeft: (call: WaitingCall) => void;

  constructor(asked: Asked, request: readonly Buffer[], onLeft: (call: WaitingCall) => void) {
    const { signal, timeout = Number.POSITIVE_INFINITY, now = performance.now() } = asked.limits;
    this.expires = now + timeout;
    this.request = request;
    this.#asked = asked;
    this.#onLeft = onLeft;
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** The call with what is left of its time: it waits no more. */
  go(): Asked {
    const { limits, ...asked } = this.#asked;
    limits.signal?.removeEventListener("abort", this.#onAbort);
    const now = performance.now();
    const timeout = limits.timeout === undefined ? undefined : Math.max(0, this.expires - now);
    return { ...asked, limits: { signal: limits.signal, timeout, now } };
  }

  expire(address: string): void {
    this.fail(late(address).with({ executed: "no" }));
  }

  fail(reason: unknown): void {
    this.#asked.limits.signal?.removeEventListener("abort", this.#onAbort);
    this.#onLeft(this);
    this.#asked.reject(reason);
  }

  readonly #onAbort = (): void => this.fail(this.#asked.limits.signal?.reason);
}
