import { type MicroError, timeout } from "../../../core/errors.js";
import { type Scheduled, systemClock } from "../../../core/time/clock.js";
import { streamIdle } from "./limits.js";

interface IdleOptions {
  readonly busy?: () => boolean;
  /** Milliseconds. */
  readonly limit?: number;
}

/** Ends a stream on which nothing moved for a minute; a touch costs one clock reading. */
export class IdleTimer {
  #last = performance.now();
  #timer: Scheduled;

  /** While `busy`, what arrived waits for its reader: that is no silence of the peer. */
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
