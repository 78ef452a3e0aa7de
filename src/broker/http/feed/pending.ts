/** Places behind which nothing is left that are worth a copy of the rest. */
const worthwhile = 1024;

/** Publications that are not sent yet, in their order. No `shift`: that moves all that is left, once it is long. */
export class PendingQueue<Publication> {
  #places: Publication[] = [];
  /** The first that is still there. */
  #head = 0;

  get size(): number {
    return this.#places.length - this.#head;
  }

  get oldest(): Publication | undefined {
    return this.#places[this.#head];
  }

  add(publication: Publication): void {
    this.#places.push(publication);
  }

  /** Takes out the oldest. A list that never gets empty does not keep what was taken out either. */
  drop(): void {
    this.#head++;
    const { length } = this.#places;
    if (this.#head < length && (this.#head < worthwhile || 2 * this.#head < length)) return;
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }

  /** Takes out the oldest as long as they are `due`. */
  takeWhile(due: (publication: Publication) => boolean): Publication[] {
    const taken: Publication[] = [];
    for (let oldest = this.oldest; oldest !== undefined && due(oldest); oldest = this.oldest) {
      this.drop();
      taken.push(oldest);
    }
    return taken;
  }
}
