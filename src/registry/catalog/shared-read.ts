import type { Service } from "../../core/service.js";
import { type Scheduled, systemClock } from "../../core/time/clock.js";

type Services = readonly Service[];

/** A read shared by several callers. It is given as much time as the most patient of them has. */
export class SharedRead {
  readonly services: Promise<Services>;
  readonly #limit = new AbortController();
  #timer: Scheduled | undefined;
  #until = Number.NEGATIVE_INFINITY;

  constructor(read: (limit: AbortSignal) => Promise<Services>) {
    this.services = read(this.#limit.signal).finally(() => this.#timer?.cancel());
  }

  /** Returns the read, for a caller that waits `timeout` milliseconds. */
  within(timeout: number): Promise<Services> {
    const until = systemClock.now() + timeout;
    if (until > this.#until) {
      this.#until = until;
      this.#timer?.cancel();
      this.#timer = Number.isFinite(timeout)
        ? systemClock.schedule(timeout, () => this.#limit.abort(new Error("no answer in time")))
        : undefined;
    }
    return this.services;
  }
}
