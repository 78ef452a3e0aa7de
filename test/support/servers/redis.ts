import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type Running, start } from "../programs/process.js";

/** A real Redis server on a free port of 127.0.0.1 that stores each write at once: what it holds outlives a kill. */
export class RedisServer implements AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  readonly #args: readonly string[];
  readonly #folder: string;
  #running: Running;

  constructor(port: number, folder: string) {
    this.address = `127.0.0.1:${port}`;
    this.#folder = folder;
    const stored = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir", folder];
    this.#args = ["--bind", "127.0.0.1", "--port", String(port), ...stored];
    this.#running = start("redis-server", this.#args);
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
    this.#running = start("redis-server", this.#args);
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.#running.output(/Ready to accept connections/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a Redis server, and resolves when it is ready. */
export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "micro-redis-"));
  const server = new RedisServer(await freePort(), folder);
  await server.ready();
  return server;
}
