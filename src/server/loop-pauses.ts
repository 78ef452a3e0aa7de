/** Milliseconds between two looks at the clock: a pause of the event loop delays one. */
const lookEvery = 100;
/** The shortest length, in milliseconds, of each of the two spans that are kept: all callers see the same. */
const spanLength = 2000;

/**
 * How long the event loop stands still. Node's own histogram of the delay will not do: there a long pause counts no more than
 * a short one, and `reset` forgets the pause during which it was due.
 */
export class LoopPauses {
  #timer: NodeJS.Timeout | undefined;
  #looked = 0;
  #span = new Span();
  #before = new Span();

  start(): void {
    this.#looked = performance.now();
    this.#timer = setInterval(() => this.#look(), lookEvery).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * The average pause, in milliseconds, that a request ran into during the last 2 to 4 seconds: each is weighted by its length,
   * since a long one meets more requests.
   */
  usual(): number {
    this.#look(); // the timer may be as late as the one who asks
    return Math.max(this.#before.usual, this.#span.usual);
  }

  #look(): void {
    const now = performance.now();
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

  /** A span that has only just begun counts as a whole one: its first pause is not all there is. */
  get usual(): number {
    return this.#squares / Math.max(spanLength, this.length);
  }

  add(pause: number): void {
    this.length += pause;
    this.#squares += pause * pause;
  }
}
