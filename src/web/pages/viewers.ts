import { unavailable } from "../../core/errors.js";
import type { Viewer } from "./viewer.js";

/** Maximum number of clients. */
const maxViewers = 100;

/** The clients that follow a feed. */
export class Viewers {
  readonly #viewers = new Set<Viewer>();

  get size(): number {
    return this.#viewers.size;
  }

  /** @throws {MicroError} 503 when there are too many clients. */
  checkRoom(): void {
    if (this.#viewers.size >= maxViewers)
      throw unavailable("go.micro.web", `too many viewers: over ${maxViewers}`, { executed: "no" });
  }

  /** Adds a client until it disconnects. */
  add(viewer: Viewer): void {
    if (viewer.signal.aborted) return;
    this.#viewers.add(viewer);
    viewer.signal.addEventListener("abort", () => this.#viewers.delete(viewer));
  }

  /** Sends an event to all clients. */
  send(event: string, data: unknown): void {
    if (this.#viewers.size === 0) return;
    const json = JSON.stringify(data);
    for (const viewer of this.#viewers) viewer.send(event, json);
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.end();
  }
}
