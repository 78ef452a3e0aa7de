import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import type { FastifyInstance } from "fastify";
import { internal } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { formatAddress } from "../../core/net/address.js";
import { dialAddress } from "../../core/net/local-address.js";
import { systemClock } from "../../core/time/clock.js";
import { bind, resolvePlace } from "../../http/listener/bind.js";
import type { DrainOptions, HttpServer } from "../../http/listener/listener.js";
import type { Metrics } from "../../http/observe/metrics.js";
import { httpServer } from "../../http/server.js";
import type { ApiOptions } from "../options.js";
import { PoolMetrics } from "./pool-metrics.js";

const id = "go.micro.api";
/** Milliseconds before a dead worker is replaced. */
const respawn = 1000;

/**
 * Starts `count` copies of this program, which share the port.
 * @throws {MicroError} 500 (ADDRESS_IN_USE) when the port is taken, or a copy does not start.
 */
export async function openPool(count: number, options: ApiOptions): Promise<HttpServer> {
  const probe = createServer();
  await bind(probe, await resolvePlace(options.address, id), id);
  probe.close();
  await once(probe, "close");
  const idle = await httpServer({ ...options, name: id, public: true });
  const pool = new WorkerPool(idle, options.tls !== undefined, options.log ?? silent);
  try {
    await pool.start(count);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** The HTTP server of all workers: one address, one metrics page, closed together. */
class WorkerPool implements HttpServer {
  address = "";
  readonly #idle: HttpServer;
  readonly #scheme: string;
  readonly #log: Log;
  readonly #workers = new Set<Worker>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #metrics = new PoolMetrics();
  #ending = false;

  constructor(idle: HttpServer, secure: boolean, log: Log) {
    this.#idle = idle;
    this.#scheme = secure ? "https" : "http";
    this.#log = log;
    idle.metrics.gatherBy(() => this.#metrics.page(this.#workers));
  }

  get app(): FastifyInstance {
    return this.#idle.app;
  }

  get metrics(): Metrics {
    return this.#idle.metrics;
  }

  get stopping(): AbortSignal {
    return this.#idle.stopping;
  }

  get url(): string {
    if (this.address.startsWith("unix:")) return this.address;
    return `${this.#scheme}://${dialAddress(this.address)}`;
  }

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#fork()));
  }

  /** Does nothing, because the workers are already listening. */
  async listen(): Promise<void> {}

  async drain({ delay = 0, timeout = 30_000 }: DrainOptions = {}): Promise<void> {
    this.#ending = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const ended = [...this.#workers].map((worker) => {
      const exit = once(worker, "exit");
      worker.process.kill("SIGTERM");
      return exit;
    });
    const killing = systemClock.schedule(delay + timeout, () => {
      for (const worker of this.#workers) worker.process.kill("SIGKILL");
    });
    await Promise.all(ended);
    killing.cancel();
  }

  async close(): Promise<void> {
    await this.drain();
    await this.#idle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fork(): Promise<void> {
    const worker = cluster.fork();
    this.#workers.add(worker);
    worker.on("message", (message) => void this.#metrics.heard(worker, message, this.#workers));
    return new Promise((resolve, reject) => {
      worker.once("listening", ({ address, port }) => {
        this.address ||= port > 0 ? formatAddress({ host: address ?? "::", port }) : `unix:${address}`;
        resolve();
      });
      worker.once("exit", (code) => {
        this.#workers.delete(worker);
        reject(internal(id, `worker ${worker.id}: ended with ${code}`, { reason: "IO_ERROR" }));
        this.#replace(worker, code);
      });
    });
  }

  #replace(worker: Worker, code: number): void {
    if (this.#ending || this.address === "") return;
    this.#log.error({ worker: worker.id, code }, "worker ended: replaced");
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#fork().catch((err) => this.#log.error({ err }, "worker not replaced"));
    }, respawn);
    this.#timers.add(timer);
  }
}
