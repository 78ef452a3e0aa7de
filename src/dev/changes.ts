import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Clock, type Scheduled, systemClock } from "../core/time/clock.js";
import { OwnWrites } from "./own-writes.js";

/** Milliseconds without a further write after which a change takes effect. */
const quiet = 150;
/** Longest time in milliseconds to wait for that. */
const longest = 1000;
/**
 * Milliseconds after a start in which a program may still be loading, and may read a file while it is being written
 * again.
 */
const loading = 2000;
/**
 * Milliseconds without a change after which the program is restarted once for files that it seems to write itself: the
 * change may be the user's.
 */
const calm = 2000;

/** Time of the first write to a file, and start time of the run in which it happened. */
interface Write {
  readonly at: number;
  readonly run: number;
}

/** The files written since `since`. */
interface Pending {
  readonly since: number;
  readonly files: Map<string, Write>;
  task: Scheduled;
}

export interface FileChangesOptions {
  /** Called when a source has been written and the program has to restart. */
  readonly restart: (path: string) => void;
  /** Called for files that the program is found to write itself, `after` milliseconds after each start. */
  readonly own: (paths: readonly string[], after: number) => void;
  /** Returns a fingerprint of a file, undefined for one that does not exist. Default: a digest of its content. */
  readonly read?: (path: string) => string | undefined;
  readonly clock?: Clock;
}

/**
 * Filters the changes of a program's sources: calls `restart` once they are written, and ignores files that the program
 * writes itself.
 */
export class Changes {
  readonly #options: FileChangesOptions;
  readonly #clock: Clock;
  readonly #ownWrites = new OwnWrites();
  /** Fingerprints of the written files: at the last check, and (`#ran`) at the last start of the program. */
  readonly #contents = new Map<string, string | undefined>();
  readonly #ran = new Map<string, string | undefined>();
  /** Files written again while the program was loading, for which it has already been restarted once. */
  readonly #again = new Set<string>();
  #run: number;
  #isRunning = false;
  #pending: Pending | undefined;
  #held: { readonly path: string; readonly task: Scheduled } | undefined;

  constructor(options: FileChangesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#run = this.#clock.now();
  }

  /** Reports a write to `path`. */
  see(path: string): void {
    const now = this.#clock.now();
    this.#pending ??= { task: this.#settle(), since: now, files: new Map() };
    const { files, since } = this.#pending;
    if (!files.has(path)) files.set(path, { at: now, run: this.#run });
    if (now - since > longest) return;
    this.#pending.task.cancel();
    this.#pending.task = this.#settle();
  }

  /** Reports that the program is about to start, and will read the current files. */
  started(): void {
    this.#run = this.#clock.now();
    this.#isRunning = true;
    for (const [path, content] of this.#contents) this.#ran.set(path, content);
    this.#held?.task.cancel();
    this.#held = undefined;
  }

  /** Reports that the program has exited. */
  ended(): void {
    this.#isRunning = false;
  }

  close(): void {
    this.#held?.task.cancel();
    this.#pending?.task.cancel();
    this.#pending = undefined;
  }

  #settle(): Scheduled {
    return this.#clock.schedule(quiet, () => {
      const files = [...(this.#pending?.files ?? [])];
      this.#pending = undefined;
      this.#judge(files.filter(([path, write]) => this.#isChange(path, write)));
    });
  }

  #isChange(path: string, { at, run }: Write): boolean {
    const content = (this.#options.read ?? digest)(path);
    this.#contents.set(path, content);
    const isNew = !this.#ran.has(path) || this.#ran.get(path) !== content;
    if (isNew) this.#again.delete(path);
    if (isNew || !this.#isRunning) return true;
    if (at - run > loading || this.#again.has(path)) return false;
    this.#again.add(path);
    return true;
  }

  #judge(changed: readonly (readonly [path: string, Write])[]): void {
    const judged = changed.map(([path, { at, run }]) => {
      return { path, after: at - run, by: this.#ownWrites.judge(path, at, run) };
    });
    const found = judged.filter(({ by }) => by === "found");
    const paths = found.map(({ path }) => path);
    if (found.length > 0) this.#options.own(paths, Math.max(...found.map(({ after }) => after)));
    const foreign = judged.find(({ by }) => by === "foreign");
    if (foreign) this.#options.restart(foreign.path);
    else this.#hold(paths[0] ?? this.#held?.path);
  }

  /** Restarts once for files that the program was found to write itself, as soon as writing stops. */
  #hold(path: string | undefined): void {
    if (path === undefined) return;
    this.#held?.task.cancel();
    this.#held = { path, task: this.#clock.schedule(calm, () => this.#options.restart(path)) };
  }
}

function digest(path: string): string | undefined {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("base64");
  } catch {
    return undefined;
  }
}
