import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { type Running, start } from "../programs/process.js";

/** A real Consul agent in development mode, on free ports of 127.0.0.1: it keeps nothing when it is killed. */
export class ConsulServer implements AsyncDisposable {
  /** `host:port` of its HTTP API. */
  readonly address: string;
  readonly #args: readonly string[];
  readonly #folder: string;
  #running: Running;

  constructor(address: string, args: readonly string[], folder: string) {
    this.address = address;
    this.#args = args;
    this.#folder = folder;
    this.#running = start("consul", args);
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** Stops it as it is: what it knew is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#running.kill(signal);
  }

  /** Lets it hang, or go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#running.child.kill(signal);
  }

  /** Starts it again, empty, on the same ports, and resolves when it answers. */
  async restart(): Promise<void> {
    await this.kill();
    this.#running = start("consul", this.#args);
    await this.answering();
  }

  /** Resolves when it has a leader, so that it takes registrations. */
  async answering(timeout = 30_000): Promise<void> {
    const end = performance.now() + timeout;
    while (!(await this.#hasServiceOfItsOwn())) {
      if (performance.now() > end || this.#running.child.exitCode !== null)
        throw new Error(`consul does not answer: ${this.#running.stdout.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #hasServiceOfItsOwn(): Promise<boolean> {
    try {
      return (await read(`http://${this.address}/v1/catalog/services`)).includes('"consul"');
    } catch {
      return false;
    }
  }
}

/** Starts a Consul agent, and resolves when it answers. */
export async function startConsul(...extra: string[]): Promise<ConsulServer> {
  const folder = await mkdtemp(join(tmpdir(), "micro-consul-"));
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const [http, lan, wan, server] = ports;
  const hcl = `ports { http = ${http} dns = -1 grpc = -1 https = -1 serf_lan = ${lan} serf_wan = ${wan} server = ${server} } disable_update_check = true`;
  const args = ["agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", "-log-level=err", `-hcl=${hcl}`];
  const consul = new ConsulServer(`127.0.0.1:${http}`, [...args, `-config-dir=${folder}`, ...extra], folder);
  await consul.answering();
  return consul;
}

async function read(url: string): Promise<string> {
  const request = get(url, { agent: false, timeout: 1000 });
  request.on("timeout", () => request.destroy(new Error("no answer")));
  const [response] = await once(request, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}
