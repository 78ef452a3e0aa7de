import { once } from "node:events";
import { existsSync } from "node:fs";
import { relative } from "node:path";
import type { Readable } from "node:stream";
import type { Closeable } from "../core/closeable.js";
import { backOff } from "../core/time/backoff.js";
import { sleep } from "../core/time/clock.js";
import { Changes } from "./changes.js";
import type { Report } from "./events.js";
import { commandFor } from "./interpreter.js";
import { outputLines } from "./output-lines.js";
import { ProcessGroup } from "./process-group.js";

/** Back-off in milliseconds before a crashed child is restarted. */
const retry = { least: 500, most: 10_000 };
/** Milliseconds for a child to exit before it is killed. */
const exitTimeout = 10_000;
/** Milliseconds after which a child that does not exit is mentioned. */
const slow = 1000;
/** Milliseconds between two checks for a deleted file. */
const gone = 1000;
/** Milliseconds after which a crash counts as the first one again. */
const settled = 10_000;

export interface ChildOptions {
  readonly name: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
  /** Resolves when the next line of output can be reported. */
  readonly room: () => Promise<void>;
}

/**
 * Runs a service file as a process in its own group. It is restarted when it crashes and when its sources change, but
 * not after it exits with 0.
 */
export class Child implements Closeable {
  readonly #options: ChildOptions;
  readonly #stop = new AbortController();
  #group: ProcessGroup | undefined;
  #wake = new AbortController();
  #restarting = false;
  #ended: Promise<void> | undefined;
  readonly #changes: Changes;

  constructor(options: ChildOptions) {
    this.#options = options;
    const note = this.#note;
    const named = (path: string) => relative(process.cwd(), path);
    this.#changes = new Changes({
      restart: (path) => {
        // the pending start will read the new content
        if (this.#restarting) return;
        note(`${named(path)} changed: runs again`);
        this.#restart().catch((error: unknown) => note(`restart: ${String(error)}`));
      },
      own: ([path = "", ...more], after) => {
        const files = more.length === 0 ? named(path) : `${named(path)} and ${more.length} more files`;
        const seconds = (after / 1000).toFixed(1);
        note(
          `writes ${files} itself ${seconds} s after each start, it seems: no longer restarts for that; if it was you, save again`,
        );
      },
    });
  }

  readonly #note = (text: string): void => {
    const { name, report } = this.#options;
    report({ event: "note", text: `[${name}] ${text}` });
  };

  /** @throws {MicroError} if there is no interpreter for such a file. */
  start(): void {
    commandFor(this.#options.file);
    this.#ended = this.#run();
  }

  /** Reports that one of its sources has changed. Restarts the process. */
  changed(path: string): void {
    this.#changes.see(path);
  }

  async #restart(): Promise<void> {
    this.#restarting = true;
    this.#wake.abort();
    await this.#end();
  }

  /** Kills the child at the exit of this process, which cannot wait. */
  kill(): void {
    this.#group?.signal("SIGKILL");
  }

  async close(): Promise<void> {
    this.#changes.close();
    this.#stop.abort();
    this.#wake.abort();
    await this.#end();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    const { name, report } = this.#options;
    let crashes = 0;
    for (;;) {
      await this.#waitForFile();
      if (this.#stop.signal.aborted) return;
      const start = performance.now();
      this.#restarting = false;
      const code = await this.#once();
      const asked = this.#restarting || this.#stop.signal.aborted;
      const finished = code === 0 && !asked;
      crashes = performance.now() - start > settled || asked || finished ? 0 : crashes + 1;
      const again = crashes > 0 ? Math.round(backOff(crashes, retry)) : undefined;
      report({ event: "child-exited", name, code, finished, again });
      if (finished || again) await this.#pause(again);
    }
  }

  /** Waits until a deleted file exists again. */
  async #waitForFile(): Promise<void> {
    const { file } = this.#options;
    if (existsSync(file)) return;
    this.#note(`${file} is gone: runs again when it is back`);
    while (!existsSync(file) && !this.#stop.signal.aborted) await this.#pause(gone);
  }

  async #once(): Promise<number | string> {
    const { name, report, file, env } = this.#options;
    this.#changes.started();
    const group = new ProcessGroup(file, env);
    const { pid, stdout, stderr } = group.leader;
    const outputs = Promise.allSettled([this.#forward(stdout, "stdout"), this.#forward(stderr, "stderr")]);
    if (pid !== undefined) report({ event: "child-started", name, pid });
    this.#group = group;
    try {
      const code = await group.ended.finally(() => this.#changes.ended());
      await Promise.race([outputs, sleep(200)]);
      return code;
    } catch (error) {
      report({ event: "child-output", name, stream: "stderr", line: (error as Error).message });
      return 127;
    }
  }

  async #forward(stream: Readable | null, kind: "stdout" | "stderr"): Promise<void> {
    if (!stream) return;
    const { name, report, room } = this.#options;
    for await (const line of outputLines(stream)) {
      report({ event: "child-output", name, stream: kind, line });
      await room();
    }
  }

  /** Waits for `duration` milliseconds, or until a restart or `close`. */
  async #pause(duration?: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#wake = new AbortController();
    if (duration === undefined) await once(this.#wake.signal, "abort");
    else await sleep(duration, { signal: this.#wake.signal }).catch(() => undefined);
  }

  /** Sends SIGTERM to the whole group, and SIGKILL to whatever is left of it. */
  async #end(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    group.signal("SIGTERM");
    const timer = setTimeout(() => group.signal("SIGKILL"), exitTimeout);
    const notice = setTimeout(this.#note, slow, `does not end: killed after ${exitTimeout / 1000} s`);
    await group.ended.catch(() => undefined);
    clearTimeout(notice);
    clearTimeout(timer);
  }
}
