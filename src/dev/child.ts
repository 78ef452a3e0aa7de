import type { ChildProcess } from "node:child_process";
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
import { signalGroup, spawnGroup } from "./group.js";
import { commandFor } from "./interpreter.js";

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
  #process: ChildProcess | undefined;
  #wake = new AbortController();
  #restarting = false;
  #ended: Promise<void> | undefined;
  readonly #changes: Changes;
  /** When the process came to the file itself. */
  #up: number | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    const note = this.#note;
    this.#changes = new Changes(
      (path) => {
        note(`${relative(process.cwd(), path)} changed: runs again`);
        this.#restart().catch((error: unknown) => note(`restart: ${String(error)}`));
      },
      (path) =>
        note(
          `writes ${relative(process.cwd(), path)} itself at each start, it seems: its last change runs when it is left alone`,
        ),
    );
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
    this.#changes.see(path, this.#up);
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
    if (this.#isRunning) signalGroup(this.#process?.pid ?? 0, "SIGKILL");
  }

  get #isRunning(): boolean {
    const child = this.#process;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
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
    const { name, report } = this.#options;
    const child = spawnGroup(this.#options.file, this.#options.env);
    this.#process = child;
    this.#up = undefined;
    child.once("message", () => {
      this.#up = performance.now();
    });
    const outputs = Promise.all([
      this.#forward(child.stdout, "stdout"),
      this.#forward(child.stderr, "stderr"),
    ]);
    if (child.pid !== undefined) report({ event: "child-started", name, pid: child.pid });
    try {
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      this.#up = undefined;
      await Promise.race([outputs, sleep(200)]);
      return code ?? signal ?? 1;
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
    const child = this.#process;
    if (!child?.pid || !this.#isRunning) return;
    const exited = once(child, "exit");
    signalGroup(child.pid, "SIGTERM");
    const timer = setTimeout(signalGroup, exitTimeout, child.pid, "SIGKILL");
    const told = setTimeout(this.#note, slow, `does not end: killed after ${exitTimeout / 1000} s`);
    await exited;
    clearTimeout(told);
    clearTimeout(timer);
    signalGroup(child.pid, "SIGKILL");
  }
}
