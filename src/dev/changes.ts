import { type Clock, type Scheduled, systemClock } from "../core/time/clock.js";

/** Milliseconds without a further write before a change counts, and the longest to wait for that. */
const quiet = 150;
const longest = 1000;
/** A file that changed within so many milliseconds of so many starts in a row seems to be written by the program itself. */
const fresh = 1000;
const enough = 3;
/** Such a file is run once more when it was left alone for so many milliseconds: the last change may be somebody's. */
const calm = 2000;

interface Watched {
  /** Starts in a row that a change followed at once, and the last one that counted. */
  starts: number;
  start: number | undefined;
  /** The run for the last change of a file that seems to be the program's own. */
  last: "none" | Scheduled | "done";
}

/** The changes of one program's sources: tells `restart` once they are written, and stops where the program writes them itself. */
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
    for (const { last } of this.#files.values()) if (typeof last === "object") last.cancel();
    this.#files.clear();
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
    const file = this.#files.get(path) ?? { starts: 0, start: undefined, last: "none" };
    this.#files.set(path, file);
    const early = start !== undefined && now - start < fresh;
    if (file.starts === enough && (early || file.last !== "done")) return this.#hold(path, file);
    if (start !== undefined && start === file.start && file.starts !== enough) return false;
    file.starts = early && file.starts !== enough ? file.starts + 1 : 0;
    file.start = start;
    file.last = "none";
    if (file.starts < enough) return false;
    this.#own(path);
    return this.#hold(path, file);
  }

  #hold(path: string, file: Watched): true {
    if (file.last === "done") return true;
    if (file.last !== "none") file.last.cancel();
    file.last = this.#clock.schedule(calm, () => {
      file.last = "done";
      this.#restart(path);
    });
    return true;
  }
}
