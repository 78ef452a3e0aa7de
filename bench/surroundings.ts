import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PeerProcess } from "./peer-process.js";

/** The servers that all programs of a run share: a registry, and servers that may not be installed. */
export class Surroundings {
  readonly #stop: (() => Promise<unknown>)[] = [];
  readonly registry: PeerProcess;

  private constructor(registry: PeerProcess) {
    this.registry = registry;
    this.#stop.push(() => registry.stop());
  }

  static async start(): Promise<Surroundings> {
    const registry = await PeerProcess.start("registry", ["server", "rpc"]);
    process.env.MICRO_REGISTRY_ADDRESS = registry.address;
    return new Surroundings(registry);
  }

  /** Starts a server on a free port. Undefined if it is not installed. */
  async program(
    command: string,
    args: (port: number) => readonly string[],
  ): Promise<{ readonly port: number; readonly pid: number } | undefined> {
    const port = await freePort();
    const child = spawn(command, args(port), { stdio: "ignore" });
    const started = await new Promise((resolve) => {
      child.once("spawn", () => resolve(true));
      child.once("error", () => resolve(false));
    });
    if (!started) return undefined;
    this.#stop.push(() => ended(child));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return { port, pid: child.pid ?? 0 };
  }

  /** Address of a nats-server. Undefined if it is not installed. */
  async nats(): Promise<string | undefined> {
    const server = await this.program("nats-server", (port) => ["-a", "127.0.0.1", "-p", String(port)]);
    return server && `127.0.0.1:${server.port}`;
  }

  /** An nginx with one worker that proxies to `upstream`. */
  async nginx(upstream: string): Promise<{ readonly port: number; readonly pid: number } | undefined> {
    const folder = mkdtempSync(join(tmpdir(), "bench-nginx-"));
    this.#stop.push(async () => rmSync(folder, { recursive: true, force: true }));
    return this.program("nginx", (port) => {
      const file = join(folder, "nginx.conf");
      writeFileSync(file, nginxConf(folder, port, upstream));
      return ["-c", file, "-p", folder];
    });
  }

  async stop(): Promise<void> {
    for (const stop of this.#stop.reverse()) await stop();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function nginxConf(folder: string, port: number, upstream: string): string {
  return `
daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream behind { server ${upstream}; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port}; location / {
    proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}`;
}
