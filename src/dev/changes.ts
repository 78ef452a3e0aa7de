import { type Clock, type Scheduled, systemClock } from "../core/time/clock.js";

/** Milliseconds without a further write before a change counts, and the longest to wait for that. */
const quiet = 150;
const longest = 1000;
/** A file that changed within so many milliseconds of so many starts in a row is written by the program itself. */
const fresh = 1000;
const enough = 3;
/** Once such a file was left alone for so many milliseconds, its next change is somebody else's. */
const rest = 10_000;

interface Watched {
  /** Starts in a row that a change followed at once, and the last one that counted. */
  starts: number;
  start: number | undefined;
  /** When it changed last. */
  last: number;
}

/** The changes of one program's sources: tells `restart` once they are written, and leaves out those of the program itself. */
export class Changes {
  readonly #restart: (path: string) => void;
  readonly #own: (path: string) => void;
  readonly #clock: Clock;
  readonly #files = new Map<string, Watched>();
  #pending: { task: Scheduled; readonly path: string; readonly since: number } | undefined;

  /** `own` hears once of each file that the program writes itself. */
  constructor(restart: (path: string) => void, own: (path: string) => void, clock: Clock = systemClock) {
    this.#restart = restart;
    this.#own = own;
    this.#clock = clock;
  }

  /** `path` changed; the program runs since `start`, if it does. */
  see(path: string, start: number | undefined): void {
    const now = this.#clock.now();
    if (this.#isOwn(path, start, now)) return;
    this.#pending ??= { task: this.#settle(), path, since: now };
    if (now - this.#pending.since > longest) return;
    this.#pending.task.cancel();
    this.#pending.task = this.#settle();
  }

  close(): void {
    this.#pending?.task.cancel();
    this.#pending = undefined;
  }

  #settle(): Scheduled {
    return this.#clock.schedule(quiet, () => {
      const path = this.#pending?.path;
      this.#pending = undefined;
      if (path !== undefined) this.#restart(path);
    });
  }

  #isOwn(path: string, start: number | undefined, now: number): boolean {
    const file = this.#files.get(path) ?? { starts: 0, start: undefined, last: now };
    this.#files.set(path, file);
    const alone = now - file.last;
    file.last = now;
    if (file.starts === enough) return alone < rest;
    if (start !== undefined && start === file.start) return false;
    file.start = start;
    file.starts = start !== undefined && now - start < fresh ? file.starts + 1 : 0;
    if (file.starts < enough) return false;
    this.#own(path);
    return true;
  }
}
