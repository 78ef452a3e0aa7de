/** Most faults that are told one by one. */
const most = 5;

/** True if the system has no watch left to give: neither this one nor others can be had until its limit is raised. */
export function isUsedUp(error: unknown): boolean {
  return /^(ENOSPC|EMFILE|ENFILE)$/.test(codeOf(error));
}

/** Tells what cannot be watched, each fault once. */
export class WatchFaults {
  readonly #note: (text: string) => void;
  readonly #told = new Set<string>();

  constructor(note: (text: string) => void) {
    this.#note = note;
  }

  /** `interval` is the time in milliseconds between two looks, by which watches that cannot be had are replaced. */
  usedUp(error: unknown, interval: number): void {
    const limit =
      codeOf(error) === "ENOSPC"
        ? "fs.inotify.max_user_watches"
        : "fs.inotify.max_user_instances, or the limit of open files (ulimit -n)";
    this.#tell(
      `the system has no file watches left${placeOf(error)}: looks for changes every ${interval / 1000} s instead; ` +
        `raise ${limit}, or run with --no_watch`,
    );
  }

  other(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#tell(`changes cannot be watched${placeOf(error)}: ${text}; mend that, or run with --no_watch`);
  }

  #tell(text: string): void {
    if (this.#told.has(text) || this.#told.size > most) return;
    this.#told.add(text);
    this.#note(this.#told.size > most ? "more files cannot be watched" : text);
  }
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === "string" ? code : "";
}

/** Returns ` at PATH (CODE)`, of what is known. */
function placeOf(error: unknown): string {
  const { path } = (error ?? {}) as NodeJS.ErrnoException;
  const code = codeOf(error);
  return `${path ? ` at ${path}` : ""}${code ? ` (${code})` : ""}`;
}
