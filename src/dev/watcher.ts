import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ChokidarOptions, FSWatcher } from "chokidar";
import type { Closeable } from "../core/closeable.js";
import { sleep } from "../core/time/clock.js";
import { isSource, isWithin } from "./sources.js";
import { isUsedUp, WatchFaults } from "./watch-faults.js";

/** Milliseconds between two checks for a deleted folder. */
const gone = 500;
/** Milliseconds between two looks at the files of a system that has no watches left. */
const interval = 1000;
/** Longest time in milliseconds for the first scan. */
const scan = 5000;

export interface WatchOptions {
  /** Called with a program and the source of it that was written. */
  readonly changed: (file: string, path: string) => void;
  /** Called with what cannot be watched, for people. */
  readonly note: (text: string) => void;
}

/** Watches the sources of these programs. Resolves once writes to them are seen. */
export async function watchFiles(files: readonly string[], options: WatchOptions): Promise<Closeable> {
  const watcher = new SourceWatcher(files, options);
  await watcher.open();
  return watcher;
}

interface Program {
  readonly file: string;
  readonly path: string;
  readonly folder: string;
}

/** Watches folders, because editors write by renaming. Looks at the files one by one where the system has no watches. */
class SourceWatcher implements Closeable {
  readonly #options: WatchOptions;
  readonly #programs: readonly Program[];
  readonly #folders: ReadonlySet<string>;
  readonly #faults: WatchFaults;
  readonly #closed = new AbortController();
  #watcher: FSWatcher | undefined;
  #scanned: Promise<unknown> | undefined;
  #polling: Promise<void> | undefined;

  constructor(files: readonly string[], options: WatchOptions) {
    this.#options = options;
    this.#programs = files.map((file) => ({ file, path: resolve(file), folder: dirname(resolve(file)) }));
    this.#folders = new Set(this.#programs.map(({ folder }) => folder));
    this.#faults = new WatchFaults(options.note);
  }

  async open(): Promise<void> {
    await this.#watch({});
    await this.#polling;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watcher?.close();
    await this.#polling;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Opens a watcher in place of the present one, which watches on until the new one sees writes. */
  async #watch(options: ChokidarOptions): Promise<void> {
    const { watch } = await import("chokidar");
    const before = { watcher: this.#watcher, scanned: this.#scanned };
    const watcher = watch([...this.#folders], {
      ...options,
      ignoreInitial: true,
      // while its type is unknown, a path may be a file
      ignored: (path, stats) =>
        stats?.isFile()
          ? !this.#programs.some((program) => isOf(path, program))
          : !this.#programs.some((program) => path === program.path || isWithin(path, program.folder)),
    });
    this.#watcher = watcher;
    watcher
      .on("unlinkDir", (path) => {
        if (this.#folders.has(path)) this.#watchAgain(path).catch(() => undefined);
      })
      .on("error", (error) => this.#failed(error))
      .on("all", (_, path) => {
        for (const program of this.#programs)
          if (isOf(path, program)) this.#options.changed(program.file, path);
      });
    // chokidar would take a write before its first scan for the initial state
    const ready = new Promise<void>((done) => watcher.once("ready", () => done()));
    const timeout = sleep(scan, { signal: this.#closed.signal }).catch(() => undefined);
    this.#scanned = Promise.race([ready, timeout]);
    await this.#scanned;
    await before.scanned;
    await before.watcher?.close();
    if (this.#closed.signal.aborted) await watcher.close();
  }

  /** A system without watches left still answers what a file looks like now. */
  #failed(error: unknown): void {
    if (!isUsedUp(error)) this.#faults.other(error);
    if (!isUsedUp(error) || this.#polling) return;
    this.#faults.usedUp(error, interval);
    this.#polling = this.#watch({ usePolling: true, interval }).catch((cause: unknown) =>
      this.#faults.other(cause),
    );
  }

  /** Watches a folder again after it was deleted and recreated. */
  async #watchAgain(folder: string): Promise<void> {
    while (!existsSync(folder)) await sleep(gone, { signal: this.#closed.signal });
    this.#watcher?.add(folder);
  }
}

function isOf(path: string, { path: program, folder }: Program): boolean {
  return isSource(path, program, folder);
}
