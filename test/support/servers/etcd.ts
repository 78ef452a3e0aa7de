import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { type Running, start } from "../programs/process.js";

/** A real etcd on free ports of 127.0.0.1; a restart empties it. */
export class EtcdServer implements AsyncDisposable {
  /** `host:port` for clients. */
  readonly address: string;
  readonly #args: readonly string[];
  #folder = "";
  #running: Running | undefined;

  constructor(port: number, peerPort: number) {
    this.address = `127.0.0.1:${port}`;
    const client = `http://${this.address}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    this.#args = [
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    ];
  }

  /** Starts it empty, and resolves when it answers. */
  async start(): Promise<this> {
    await this.kill();
    this.#folder = await mkdtemp(join(tmpdir(), "micro-etcd-"));

    this.#running = start("etcd", [...this.#args, `--data-dir=${this.#folder}`, "--log-level=error"]);
    const end = performance.now() + 30_000;
    while (!(await this.#healthy())) {
      if (performance.now() > end || this.#running.child.exitCode !== null)
        throw new Error(`etcd does not answer: ${this.#running.stderr.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this;
  }

  /** Ends it, and removes what it knew. */
  async kill(): Promise<void> {
    await this.#running?.kill();
    if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #healthy(): Promise<boolean> {
    return new Promise((resolve) => {
      const request = get(`http://${this.address}/health`, { agent: false, timeout: 1000 }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      request.on("timeout", () => request.destroy()).on("error", () => resolve(false));
    });
  }
}

/** Starts an etcd, and resolves when it answers. */
export async function startEtcd(): Promise<EtcdServer> {
  const [port, peerPort] = await Promise.all([freePort(), freePort()]);
  return new EtcdServer(port, peerPort).start();
}
