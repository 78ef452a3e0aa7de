import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { sleep } from "../time/clock.js";

/** Milliseconds between two attempts. */
const retry = 20;
/** Milliseconds after which a lock file counts as abandoned by a dead process. */
const longestHold = 5000;

/**
 * A lock on a file that one process holds at a time. Each process creates a lock file with a unique name, and holds the
 * lock once it sees no other. As names are never reused, several processes can remove an abandoned lock file without
 * removing that of a living process.
 */
export class FileLock implements Disposable {
  readonly #own: string;

  private constructor(own: string) {
    this.#own = own;
  }

  /** Waits until no other process holds the lock on `path`. @throws when `signal` aborts. */
  static async take(path: string, signal?: AbortSignal): Promise<FileLock> {
    const unique = `${process.pid}.${Math.random().toString(36).slice(2)}`;
    const lock = new FileLock(`${path}.lock.${unique}`);
    try {
      while (!lock.#try(`${path}.lock`)) await sleep(retry, { signal });
      return lock;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** False once other processes took this one for dead, because it was suspended for too long. */
  get isHeld(): boolean {
    return existsSync(this.#own);
  }

  [Symbol.dispose](): void {
    rmSync(this.#own, { force: true });
  }

  /**
   * If several processes arrive at once, the first by name stays, and waits until the others have removed their files.
   */
  #try(prefix: string): boolean {
    const isNew = !this.isHeld;
    if (isNew && locksOf(prefix).length > 0) return false;
    if (isNew) closeSync(openSync(this.#own, "wx", 0o600));
    const [first, ...others] = locksOf(prefix);
    if (first !== this.#own) this[Symbol.dispose]();
    return first === this.#own && others.length === 0;
  }
}

/** Returns the lock files of living processes, sorted by name. Removes those of dead ones. */
function locksOf(prefix: string): string[] {
  const names = readdirSync(dirname(prefix)).filter((name) => name.startsWith(basename(prefix)));
  const locks = names.sort().map((name) => join(dirname(prefix), name));
  return locks.filter((lock) => {
    const found = statSync(lock, { throwIfNoEntry: false });
    // of a clock that was set back, too
    const isAbandoned = found && Math.abs(Date.now() - found.mtimeMs) > longestHold;
    if (isAbandoned) rmSync(lock, { force: true });
    return found && !isAbandoned;
  });
}
