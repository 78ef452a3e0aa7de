import { type MicroError, timeout } from "../../../core/errors.js";
import { type Scheduled, systemClock } from "../../../core/time/clock.js";
import { streamIdle } from "./limits.js";

interface IdleOptions {
  /** True while messages wait for their reader: then the peer is not to blame for the silence. */
  readonly busy?: () => boolean;
  /** Milliseconds without a `touch`. Default: one minute. */
  readonly limit?: number;
}

/** Ends an idle stream. A `touch` costs only a reading of the clock. */
export class IdleTimer {
  #last = performance.now();
  #timer: Scheduled;

  constructor(
    onIdle: (error: MicroError) => void,
    { busy = () => false, limit = streamIdle }: IdleOptions = {},
  ) {
    const check = () => {
      if (busy()) this.touch();
      const left = this.#last + limit - performance.now();
      if (left > 0) this.#timer = systemClock.schedule(left, check);
      else onIdle(timeout("go.micro.client", `stream: idle for ${limit} ms`, { reason: "STREAM_BROKEN" }));
    };
    this.#timer = systemClock.schedule(limit, check);
  }

  touch(): void {
    this.#last = performance.now();
  }

  close(): void {
    this.#timer.cancel();
  }
}
