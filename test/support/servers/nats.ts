import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type Running, start } from "../programs/process.js";

/** A real NATS server with JetStream, on a free port of 127.0.0.1: what it stored outlives a kill. */
export class NatsServer implements AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  readonly #args: readonly string[];
  readonly #folder: string;
  #running: Running;

  constructor(port: number, folder: string) {
    this.address = `127.0.0.1:${port}`;
    this.#folder = folder;
    this.#args = ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder];
    this.#running = start("nats-server", this.#args);
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
    this.#running = start("nats-server", this.#args);
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.#running.output(/Server is ready/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a NATS server, and resolves when it is ready. */
export async function startNats(): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), "micro-nats-"));
  const server = new NatsServer(await freePort(), folder);
  await server.ready();
  return server;
}
