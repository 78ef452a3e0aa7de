import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Running, start } from "./programs/process.js";

/** Bytes from which on a process started here can write no more into a file. */
const limit = 4 * 1024 * 1024;

/** A file that takes no more bytes of the programs started with it, until it is emptied: as on a full disk. */
export class FullFile implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "micro-full-"));
  readonly #path = join(this.#folder, "log");

  constructor() {
    writeFileSync(this.#path, "");
    truncateSync(this.#path, limit);
  }

  /** What was written since it was emptied. */
  get text(): string {
    return readFileSync(this.#path, "utf8");
  }

  empty(): void {
    truncateSync(this.#path, 0);
  }

  /** Starts `command` with `streams`, such as `2`, written to the end of the file. */
  start(
    streams: readonly (1 | 2)[],
    [command = "", ...args]: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): Running {
    const redirected = streams.map((stream) => `${stream}>>"$0"`).join(" ");
    const script = `ulimit -f ${limit / 1024}; exec "$@" ${redirected}`;
    return start("bash", ["-c", script, this.#path, command, ...args], { env });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
