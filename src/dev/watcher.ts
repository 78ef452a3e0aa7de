import { type EventEmitter, once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Closeable } from "../core/closeable.js";
import { sleep } from "../core/time/clock.js";
import { isSource, isWithin } from "./sources.js";

/** Milliseconds between two checks for a deleted folder. */
const gone = 500;

/**
 * Calls `changed` with a program and the source of it that was written. Watches folders, because editors write by
 * renaming.
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
    // while its type is unknown, a path may be a file
    ignored: (path, stats) =>
      stats?.isFile()
        ? !programs.some((program) => isOf(path, program))
        : !programs.some((program) => path === program.path || isWithin(path, program.folder)),
  });
  const closed = new AbortController();
  /** Watches a folder again after it was deleted and recreated. */
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
  // chokidar would take a write before its first scan for the initial state
  await once(watcher as EventEmitter, "ready", { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  const close = () => {
    closed.abort();
    return watcher.close();
  };
  return { close, [Symbol.asyncDispose]: close };
}
