import { type EventEmitter, once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Closeable } from "../core/closeable.js";
import { sleep } from "../core/time/clock.js";
import { isSource, isWithin } from "./sources.js";

/** Milliseconds between two looks for a folder that was deleted. */
const gone = 500;

/**
 * Calls `changed` with each program one of whose sources was written, and that source. Editors write by rename: folders
 * are watched, not files.
 */
export async function watchFiles(
  files: readonly string[],
  changed: (file: string, path: string) => void,
): Promise<Closeable> {
  const { watch } = await import("chokidar");
  const programs = files.map((file) => ({ file, path: resolve(file), folder: dirname(resolve(file)) }));
  const folders = new Set(programs.map(({ folder }) => folder));
  const isOf = (path: string, { path: program, folder }: (typeof programs)[number]) =>
    isSource(path, program, folder);
  const watcher = watch([...folders], {
    ignoreInitial: true,
    // without its type, what is no folder of interest may still be a file of interest
    ignored: (path, stats) =>
      stats?.isFile()
        ? !programs.some((program) => isOf(path, program))
        : !programs.some((program) => path === program.path || isWithin(path, program.folder)),
  });
  const closed = new AbortController();
  /** A folder that is made anew is another one: the watch ended with the first. */
  const watchAgain = async (folder: string): Promise<void> => {
    while (!existsSync(folder)) await sleep(gone, { signal: closed.signal });
    watcher.add(folder);
  };
  watcher
    .on("unlinkDir", (path) => {
      if (folders.has(path)) watchAgain(path).catch(() => undefined);
    })
    .on("error", () => undefined)
    .on("all", (_, path) => {
      for (const program of programs) if (isOf(path, program)) changed(program.file, path);
    });
  // a write before chokidar has looked around would be taken for the first state
  await once(watcher as EventEmitter, "ready", { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  const close = () => {
    closed.abort();
    return watcher.close();
  };
  return { close, [Symbol.asyncDispose]: close };
}
