import { once } from "node:events";
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Closeable } from "../core/closeable.js";
import { backOff } from "../core/time/backoff.js";
import { sleep } from "../core/time/clock.js";
import { Changes } from "./changes.js";
import type { Report } from "./events.js";
import { commandFor } from "./interpreter.js";
import { ProcessGroup } from "./process-group.js";

/** Milliseconds before a crashed child runs again, and in which one has to end. */
const retry = { least: 500, most: 10_000 };
const exitTimeout = 10_000;
/** One that takes so long to end is told of. */
const slow = 1000;
/** How often a file that is gone is looked for. */
const gone = 1000;
/** A child that ran this long crashes as if for the first time. */
const settled = 10_000;

export interface ChildOptions {
  readonly name: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
}

/** One service file as a process of its own group: run again when it crashes, and on `restart`. One that ends with 0 is done. */
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

  /** @throws {MicroError} when nothing runs such a file. */
  start(): void {
    commandFor(this.#options.file);
    this.#ended = this.#run();
  }

  /** One of its sources changed: ends the process and runs the file anew. */
  changed(path: string): void {
    this.#changes.see(path);
  }

  async #restart(): Promise<void> {
    // the next start reads what is there then
    if (this.#restarting) return;
    this.#restarting = true;
    this.#wake.abort();
    await this.#end();
  }

  /** For the end of this process, which waits for nothing. */
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
      await this.#isThere();
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

  /** Waits for a file that was deleted. */
  async #isThere(): Promise<void> {
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
    const outputs = Promise.all([this.#forward(stdout, "stdout"), this.#forward(stderr, "stderr")]);
    if (pid !== undefined) report({ event: "child-started", name, pid });
    this.#group = group;
    try {
      const code = await group.ended;
      this.#changes.ended();
      await Promise.race([outputs, sleep(200)]);
      return code;
    } catch (error) {
      report({ event: "child-output", name, stream: "stderr", line: (error as Error).message });
      return 127;
    }
  }

  async #forward(stream: Readable | null, kind: "stdout" | "stderr"): Promise<void> {
    if (!stream) return;
    const { name, report } = this.#options;
    const lines = createInterface({ input: stream });
    for await (const line of lines) report({ event: "child-output", name, stream: kind, line });
  }

  /** Until `restart` or `close`, or for so many milliseconds. */
  async #pause(duration?: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#wake = new AbortController();
    if (duration === undefined) await once(this.#wake.signal, "abort");
    else await sleep(duration, { signal: this.#wake.signal }).catch(() => undefined);
  }

  /** SIGTERM to the whole group, and SIGKILL for what is left of it. */
  async #end(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    group.signal("SIGTERM");
    const timer = setTimeout(() => group.signal("SIGKILL"), exitTimeout);
    const told = setTimeout(this.#note, slow, `does not end: killed after ${exitTimeout / 1000} s`);
    await group.ended.catch(() => undefined);
    clearTimeout(told);
    clearTimeout(timer);
  }
}
