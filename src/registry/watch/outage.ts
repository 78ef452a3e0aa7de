/** Key for the watch of all services and for reads of unknown ones, in place of a service name. */
export const everything = "";

/** Tracks since when the registry has not answered, by watch. */
export class Outage {
  readonly #since = new Map<string, number>();

  /** Milliseconds since it stopped answering. 0 while it answers. */
  get duration(): number {
    if (this.#since.size === 0) return 0;
    return performance.now() - Math.min(...this.#since.values());
  }

  /** Notes that the watch of `name` failed, or reached the registry again. */
  report(name: string, error?: unknown): void {
    if (error === undefined) this.#since.delete(name);
    else if (!this.#since.has(name)) this.#since.set(name, performance.now());
  }
}
