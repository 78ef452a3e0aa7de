/** Calls beyond the limit that `Debug` methods may use: health and statistics answer under overload. */
const reserved = 16;

/** How many calls a server answers at one time, over all its connections and wires. */
export class Capacity {
  readonly #max: number;
  #used = 0;

  constructor(max = 1024) {
    this.#max = max;
  }

  /** Calls under way. */
  get used(): number {
    return this.#used;
  }

  /** Takes a place for a call of `method`; false when there is none: the call is refused as not executed. */
  take(method: string | undefined): boolean {
    if (this.#used >= this.#max && !(method?.startsWith("Debug.") && this.#used < this.#max + reserved))
      return false;
    this.#used++;
    return true;
  }

  give(): void {
    this.#used--;
  }
}
