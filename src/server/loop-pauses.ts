import { type Clock, type Scheduled, systemClock } from "../core/time/clock.js";

/** Milliseconds between two readings of the clock. A pause of the event loop makes one late. */
const lookEvery = 100;
/** Minimum length, in milliseconds, of each of the two spans. They are fixed, so that all callers see the same. */
const spanLength = 2000;

/**
 * Measures pauses of the event loop. Node's own delay histogram counts a long pause no more than a short
 * one, and `reset` drops the pause during which it was called.
 */
export class LoopPauses {
  readonly #clock: Clock;
  #timer: Scheduled | undefined;
  #looked = 0;
  #span = new Span();
  #before = new Span();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  start(): void {
    this.#looked = this.#clock.now();
    this.#lookAgain();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /**
   * The average pause, in milliseconds, that a request met in the last 2 to 4 seconds. Each is weighted by its length,
   * since a longer one meets more requests. About 100 for an idle loop, the time between two readings.
   */
  usual(): number {
    this.#look(); // the timer may be late too
    return Math.max(this.#before.usual, this.#span.usual);
  }

  #lookAgain(): void {
    const look = () => {
      this.#look();
      this.#lookAgain();
    };
    this.#timer = this.#clock.schedule(lookEvery, look, { ref: false });
  }

  #look(): void {
    const now = this.#clock.now();
    this.#span.add(now - this.#looked);
    this.#looked = now;
    if (this.#span.length < spanLength) return;
    this.#before = this.#span;
    this.#span = new Span();
  }
}

class Span {
  length = 0;
  #squares = 0;

  /** A young span is treated as a whole one, so that its first pause does not dominate. */
  get usual(): number {
    return this.#squares / Math.max(spanLength, this.length);
  }

  add(pause: number): void {
    this.length += pause;
    this.#squares += pause * pause;
  }
}
