/** Settled places at the front that are worth a copy of the rest. */
const worthwhile = 1024;

/**
 * Publications that were sent and not answered, by number: each is numbered one above the last, modulo 2^32. A list
 * and not a `Map`: most are answered in their order, and what a `Map` costs then is written at `CallTable`.
 */
export class InFlightWindow<Publication> {
  #places: (Publication | undefined)[] = [];
  /** The number of the first place, and where the first publication is that has not been answered. */
  #number = 0;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one that was sent first. */
  get oldest(): Publication | undefined {
    return this.#places[this.#head];
  }

  add(publication: Publication): void {
    this.#places.push(publication);
    this.#size++;
  }

  /** Takes out those that are there of `count` numbers from `first` on; numbers of others do no harm. */
  takeRun(first: number, count: number): Publication[] {
    // As a signed number: what was answered before lies in front of the first place.
    const place = (first - this.#number) | 0;
    const end = Math.min(place + count, this.#places.length);
    const taken: Publication[] = [];
    for (let at = Math.max(place, this.#head); at < end; at++) this.#remove(at, taken);
    this.#advance();
    return taken;
  }

  /** Takes out the oldest as long as they are `due`. */
  takeWhile(due: (publication: Publication) => boolean): Publication[] {
    const taken: Publication[] = [];
    for (let oldest = this.oldest; oldest !== undefined && due(oldest); oldest = this.oldest) {
      this.#remove(this.#head, taken);
      this.#advance();
    }
    return taken;
  }

  #remove(place: number, taken: Publication[]): void {
    const publication = this.#places[place];
    if (publication === undefined) return;
    this.#places[place] = undefined;
    this.#size--;
    taken.push(publication);
  }

  /**
   * Takes out those that are there of the last `count`. All their numbers are given again: they were not sent after all,
   * and the peer does not count them. That goes for those too that were due meanwhile, whose places may be gone.
   */
  withdraw(count: number): Publication[] {
    const left = this.#places.length - count;
    const there = this.#places.splice(Math.max(0, left)).filter((publication) => publication !== undefined);
    this.#head = Math.min(this.#head, this.#places.length);
    if (left < 0) this.#number = (this.#number + left) >>> 0;
    this.#size -= there.length;
    return there;
  }

  #advance(): void {
    const { length } = this.#places;
    while (this.#head < length && this.#places[this.#head] === undefined) this.#head++;
    if (this.#head < length && (this.#head < worthwhile || 2 * this.#head < length)) return;
    this.#number = (this.#number + this.#head) >>> 0;
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }
}
