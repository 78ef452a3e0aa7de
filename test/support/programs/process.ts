import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A real program under test or beside it, killed when the test is through with it. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  #isClosed = false;
  /** All it wrote so far. */
  stdout = "";
  stderr = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.once("close", () => {
      this.#isClosed = true;
    });
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves with the first match in what it writes. @throws when it exits, or `timeout` ms pass, before that. */
  async output(pattern: RegExp, timeout = 20_000): Promise<RegExpMatchArray> {
    const end = performance.now() + timeout;
    for (;;) {
      const match = (this.stdout + this.stderr).match(pattern);
      if (match) return match;
      const left = end - performance.now();
      if (left <= 0 || this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`${this.child.spawnargs.join(" ")}: no ${pattern} in\n${this.stdout}${this.stderr}`);
      await this.#written(left);
    }
  }

  #written(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, timeout);
      const events = [this.child.stdout, this.child.stderr];
      const child = this.child;
      function done(): void {
        clearTimeout(timer);
        for (const stream of events) stream?.off("data", done);
        child.off("exit", done);
        resolve();
      }
      for (const stream of events) stream?.on("data", done);
      child.on("exit", done);
    });
  }

  /** Resolves with its exit code, or the signal that ended it. */
  async exited(): Promise<number | NodeJS.Signals> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode ?? this.child.signalCode ?? 0;
  }

  /** The same, once all that it wrote was read. */
  async closed(): Promise<number | NodeJS.Signals> {
    if (!this.#isClosed) await once(this.child, "close");
    return this.exited();
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.child.kill(signal);
    await this.exited();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGCONT");
    await this.kill();
  }
}

/** Starts `command`; its environment is the test's, without `MICRO_*`, and `env`. */
export function start(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; stdin?: "pipe" | "ignore" } = {},
): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("MICRO_"));
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...Object.fromEntries(inherited), ...options.env },
    stdio: [options.stdin ?? "ignore", "pipe", "pipe"],
  });
  return new Running(child);
}
