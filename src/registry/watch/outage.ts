/** Stands for the watch of all services, and for reads of unknown ones, where names of services are keys. */
export const everything = "";

/** How long the registry has not answered, for each watch that noticed. */
export class Outage {
  readonly #since = new Map<string, number>();

  /** Milliseconds since it stopped answering, 0 while it answers. */
  get duration(): number {
    if (this.#since.size === 0) return 0;
    return performance.now() - Math.min(...this.#since.values());
  }

  /** The watch of `name` failed, or reached the registry again. */
  report(name: string, error?: unknown): void {
    if (error === undefined) this.#since.delete(name);
    else if (!this.#since.has(name)) this.#since.set(name, performance.now());
  }
}
