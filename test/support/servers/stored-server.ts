import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { type Running, start } from "../programs/process.js";

export interface StoredServerOptions {
  readonly command: string;
  /** Its arguments to listen on a port of 127.0.0.1 and to store in a folder. */
  readonly args: (port: number, folder: string) => readonly string[];
  /** What it prints when it is ready. */
  readonly ready: RegExp;
}

/** A real server on a free port of 127.0.0.1: what it stored outlives a kill. */
export class StoredServer implements AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  readonly #options: StoredServerOptions;
  readonly #args: readonly string[];
  readonly #folder: string;
  #running: Running;

  private constructor(options: StoredServerOptions, port: number, folder: string) {
    this.address = `127.0.0.1:${port}`;
    this.#options = options;
    this.#folder = folder;
    this.#args = options.args(port, folder);
    this.#running = start(options.command, this.#args);
  }

  /** Starts one, and resolves when it is ready. */
  static async start(options: StoredServerOptions): Promise<StoredServer> {
    const folder = await mkdtemp(join(tmpdir(), `micro-${options.command}-`));
    const server = new StoredServer(options, await freePort(), folder);
    await server.ready();
    return server;
  }

  get pid(): number {
    return this.#running.pid;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#running.kill(signal);
  }

  /** Kills it and starts it again on the same port, with what it stored. */
  async restart(): Promise<void> {
    await this.kill();
    this.#running = start(this.#options.command, this.#args);
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.#running.output(this.#options.ready);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
