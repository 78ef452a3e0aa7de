/** Compact the list once this many settled slots are at its front. */
const compactAt = 1024;

/**
 * Publications that were sent but not answered, by number, which counts up modulo 2^32. A list, not a `Map`, because
 * most are answered in order; see `CallTable` for what a `Map` costs then.
 */
export class InFlightWindow<Publication> {
  #slots: (Publication | undefined)[] = [];
  /** Number of the first slot, and index of the first unanswered publication. */
  #number = 0;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one that was sent first. */
  get oldest(): Publication | undefined {
    return this.#slots[this.#head];
  }

  add(publication: Publication): void {
    this.#slots.push(publication);
    this.#size++;
  }

  /**
   * Removes and returns those of the `count` numbers from `first` on that are still there. Unknown numbers are ignored.
   */
  takeRun(first: number, count: number): Publication[] {
    // Signed, because numbers that were answered before are lower than that of the first slot.
    const index = (first - this.#number) | 0;
    const end = Math.min(index + count, this.#slots.length);
    const taken: Publication[] = [];
    for (let at = Math.max(index, this.#head); at < end; at++) this.#remove(at, taken);
    this.#advance();
    return taken;
  }

  /** Removes and returns the oldest ones while they are `due`. */
  takeWhile(due: (publication: Publication) => boolean): Publication[] {
    const taken: Publication[] = [];
    for (let oldest = this.oldest; oldest !== undefined && due(oldest); oldest = this.oldest) {
      this.#remove(this.#head, taken);
      this.#advance();
    }
    return taken;
  }

  #remove(index: number, taken: Publication[]): void {
    const publication = this.#slots[index];
    if (publication === undefined) return;
    this.#slots[index] = undefined;
    this.#size--;
    taken.push(publication);
  }

  /**
   * Removes and returns those of the last `count` that are still there, and frees all their numbers: they were not sent
   * after all, so the peer does not count them. That includes those that have expired in the meantime, whose slots may
   * be gone.
   */
  withdraw(count: number): Publication[] {
    const left = this.#slots.length - count;
    const there = this.#slots.splice(Math.max(0, left)).filter((publication) => publication !== undefined);
    this.#head = Math.min(this.#head, this.#slots.length);
    if (left < 0) this.#number = (this.#number + left) >>> 0;
    this.#size -= there.length;
    return there;
  }

  #advance(): void {
    const { length } = this.#slots;
    while (this.#head < length && this.#slots[this.#head] === undefined) this.#head++;
    if (this.#head < length && (this.#head < compactAt || 2 * this.#head < length)) return;
    this.#number = (this.#number + this.#head) >>> 0;
    this.#slots = this.#slots.slice(this.#head);
    this.#head = 0;
  }
}
