import type { Worker } from "node:cluster";
import { type Figure, pageOf } from "../../http/observe/metrics.js";
import { workerMessage } from "./worker-messages.js";

type Figures = readonly Figure[];

/** Milliseconds that a worker has to send its metrics. The page is made without late ones. */
const workerTimeout = 1000;

/** Combines the metrics of all workers on one page. */
export class PoolMetrics {
  readonly #waiting = new Map<number, (figures: Figures) => void>();
  #asked = 0;

  /** Handles a message of a worker. */
  async heard(worker: Worker, raw: unknown, all: Iterable<Worker>): Promise<void> {
    const message = workerMessage(raw);
    if (message?.type === "micro:figures-given") this.#waiting.get(message.id)?.(message.figures);
    if (message?.type !== "micro:page") return;
    const text = await this.page(all);
    if (worker.isConnected()) worker.send({ type: "micro:page-text", id: message.id, text });
  }

  async page(workers: Iterable<Worker>): Promise<string> {
    const figures = await Promise.all([...workers].map((worker) => this.#figuresOf(worker)));
    return pageOf(figures.filter((given) => given.length > 0));
  }

  #figuresOf(worker: Worker): Promise<Figures> {
    if (!worker.isConnected()) return Promise.resolve([]);
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const settle = (figures: Figures) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(figures);
      };
      const timer = setTimeout(() => settle([]), workerTimeout);
      this.#waiting.set(id, settle);
      worker.send({ type: "micro:figures", id });
    });
  }
}
