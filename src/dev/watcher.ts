import { type EventEmitter, once } from "node:events";
import { dirname, resolve } from "node:path";
import type { Closeable } from "../core/closeable.js";

/** Milliseconds without a further write before a change counts. */
const quiet = 150;

/** Calls `changed` with each file whose folder saw a write. Editors write by rename: folders are watched, not files. */
export async function watchFiles(
  files: readonly string[],
  changed: (file: string) => void,
): Promise<Closeable> {
  const { watch } = await import("chokidar");
  const folders = new Map(files.map((file) => [file, dirname(resolve(file))]));
  const watcher = watch([...new Set(folders.values())], {
    ignoreInitial: true,
    ignored: (path) => /[\\/](node_modules|\.git)([\\/]|$)/.test(path),
  });
  const timers = new Map<string, NodeJS.Timeout>();
  watcher
    .on("error", () => undefined)
    .on("all", (_, path) => {
      for (const [file, folder] of folders) {
        if (!path.startsWith(folder)) continue;
        clearTimeout(timers.get(file));
        timers.set(file, setTimeout(changed, quiet, file));
      }
    });
  // a write before chokidar has looked around would be taken for the first state
  await once(watcher as EventEmitter, "ready", { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  const close = async () => {
    for (const timer of timers.values()) clearTimeout(timer);
    await watcher.close();
  };
  return { close, [Symbol.asyncDispose]: close };
}
