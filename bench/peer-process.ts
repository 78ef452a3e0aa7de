import { type ChildProcess, fork } from "node:child_process";

/** One thing to measure: how many callers at a time, for how long. */
export interface Run {
  readonly work: string;
  readonly callers: number;
  readonly ms: number;
}

export interface Done {
  readonly count: number;
  readonly ms: number;
}

interface Reply {
  readonly ready?: string;
  readonly done?: Done;
  readonly failed?: string;
}

const running = new Set<PeerProcess>();

/** Stops processes left behind by a failed row. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((each) => each.stop()));
}

/** The server or the client of a peer, in a process of its own. */
export class PeerProcess {
  readonly #child: ChildProcess;
  readonly name: string;
  /** What it reported when it was ready: for a server, its address. */
  address = "";

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  static async start(
    name: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    execArgv: readonly string[] = [],
  ): Promise<PeerProcess> {
    const file = new URL(`peers/${name}.js`, import.meta.url).pathname;
    const child = fork(file, args, {
      execArgv: [...execArgv],
      env: { ...process.env, NODE_ENV: "production", ...env },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const started = new PeerProcess(name, child);
    running.add(started);
    started.address = (await started.#reply()).ready ?? "";
    return started;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Makes the client do `run`. @throws The error of the peer. */
  async run(run: Run): Promise<Done> {
    this.#child.send({ run });
    const { done } = await this.#reply(run.ms + 60_000);
    if (!done) throw new Error(`${this.name}: no result`);
    return done;
  }

  #reply(timeout = 30_000): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.name}: no answer in ${timeout} ms`)), timeout);
      const onExit = () => reject(new Error(`${this.name}: ended`));
      this.#child.once("exit", onExit);
      this.#child.once("message", (reply: Reply) => {
        clearTimeout(timer);
        this.#child.off("exit", onExit);
        if (reply.failed) reject(new Error(`${this.name}: ${reply.failed}`));
        else resolve(reply);
      });
    });
  }

  async stop(): Promise<void> {
    running.delete(this);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}
