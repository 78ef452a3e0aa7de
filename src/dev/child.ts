import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import type { Closeable } from "../core/closeable.js";
import { packageFile } from "../core/files/package-file.js";
import { sleep } from "../core/time/clock.js";
import type { Report } from "./events.js";
import { commandFor } from "./interpreter.js";

/** Milliseconds: first and longest wait before a crashed child runs again; how long one may take to end. */
const firstBackOff = 500;
const longestBackOff = 10_000;
const patience = 10_000;
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

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** @throws {MicroError} when nothing runs such a file. */
  start(): void {
    commandFor(this.#options.file);
    this.#ended = this.#run();
  }

  /** Ends the process and runs the file anew. */
  async restart(): Promise<void> {
    this.#restarting = true;
    this.#wake.abort();
    await this.#end();
  }

  async close(): Promise<void> {
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
    while (!this.#stop.signal.aborted) {
      const start = performance.now();
      this.#restarting = false;
      const code = await this.#once();
      const finished = code === 0 && !this.#restarting && !this.#stop.signal.aborted;
      report({ event: "child-exited", name, code, finished });
      crashes = performance.now() - start > settled || this.#restarting || finished ? 0 : crashes + 1;
      if (finished) await this.#pause();
      else if (crashes > 0) await this.#pause(Math.min(longestBackOff, firstBackOff * 2 ** (crashes - 1)));
    }
  }

  async #once(): Promise<number | string> {
    const { name, report } = this.#options;
    const child = this.#spawn();
    this.#process = child;
    const outputs = Promise.all([
      this.#forward(child.stdout, "stdout"),
      this.#forward(child.stderr, "stderr"),
    ]);
    if (child.pid !== undefined) report({ event: "child-started", name, pid: child.pid });
    try {
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      await Promise.race([outputs, sleep(200)]);
      return code ?? signal ?? 1;
    } catch (error) {
      report({ event: "child-output", name, stream: "stderr", line: (error as Error).message });
      return 127;
    }
  }

  #spawn(): ChildProcess {
    const { command, args, node } = commandFor(this.#options.file);
    const argv = node
      ? ["--import", pathToFileURL(packageFile("dist/dev/exit-with-parent.js")).href, ...args]
      : [packageFile("dist/dev/process-wrapper.js"), command, ...args];
    const stdio = ["ignore", "pipe", "pipe", "ipc"] as const;
    return spawn(process.execPath, argv, { detached: true, env: this.#options.env, stdio: [...stdio] });
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
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    signalGroup(child.pid, "SIGTERM");
    const timer = setTimeout(signalGroup, patience, child.pid, "SIGKILL");
    await exited;
    clearTimeout(timer);
    signalGroup(child.pid, "SIGKILL");
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone, which is what is wanted
  }
}
