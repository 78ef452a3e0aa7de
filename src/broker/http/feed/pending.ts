/** Compact the list once this many consumed slots are at its front. */
const compactAt = 1024;

/**
 * A queue of publications that are not sent yet. `Array.shift` would move all the others each time, once the list is
 * long.
 */
export class PendingQueue<Publication> {
  #slots: Publication[] = [];
  /** Index of the oldest. */
  #head = 0;

  get size(): number {
    return this.#slots.length - this.#head;
  }

  get oldest(): Publication | undefined {
    return this.#slots[this.#head];
  }

  add(publication: Publication): void {
    this.#slots.push(publication);
  }

  /** Removes the oldest. Compacts the list now and then, in case it never becomes empty. */
  drop(): void {
    this.#head++;
    const { length } = this.#slots;
    if (this.#head < length && (this.#head < compactAt || 2 * this.#head < length)) return;
    this.#slots = this.#slots.slice(this.#head);
    this.#head = 0;
  }

  /** Removes and returns the oldest ones while they are `due`. */
  takeWhile(due: (publication: Publication) => boolean): Publication[] {
    const taken: Publication[] = [];
    for (let oldest = this.oldest; oldest !== undefined && due(oldest); oldest = this.oldest) {
      this.drop();
      taken.push(oldest);
    }
    return taken;
  }
}
