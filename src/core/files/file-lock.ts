import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { sleep } from "../time/clock.js";

/** Milliseconds between two looks, and after which a lock was left behind by a process that died. */
const retry = 20;
const longestHold = 5000;

/**
 * A lock on a file, held by one process at a time. Each brings a lock file with a name of its own, and holds the lock
 * when it sees no other. A name never comes again, so several processes can remove what a dead one left, and none of
 * them removes the lock of another that is alive.
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

  /** False once others took this process for dead: it was stopped for too long. */
  get isHeld(): boolean {
    return existsSync(this.#own);
  }

  [Symbol.dispose](): void {
    rmSync(this.#own, { force: true });
  }

  /** Of several that came at once, the first by name stays and waits for the others to step back. */
  #try(prefix: string): boolean {
    const isNew = !this.isHeld;
    if (isNew && locksOf(prefix).length > 0) return false;
    if (isNew) closeSync(openSync(this.#own, "wx", 0o600));
    const [first, ...others] = locksOf(prefix);
    if (first !== this.#own) this[Symbol.dispose]();
    return first === this.#own && others.length === 0;
  }
}

/** The lock files of living processes, by name; the others are removed. */
function locksOf(prefix: string): string[] {
  const names = readdirSync(dirname(prefix)).filter((name) => name.startsWith(basename(prefix)));
  const locks = names.sort().map((name) => join(dirname(prefix), name));
  return locks.filter((lock) => {
    const found = statSync(lock, { throwIfNoEntry: false });
    // of a clock that was set back, too
    const isLeft = found && Math.abs(Date.now() - found.mtimeMs) > longestHold;
    if (isLeft) rmSync(lock, { force: true });
    return found && !isLeft;
  });
}
