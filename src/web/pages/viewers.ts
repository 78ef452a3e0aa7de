import { unavailable } from "../../core/errors.js";
import type { Viewer } from "./viewer.js";

/** Bounds: pages that look at once, and bytes that one may leave unread. */
const maxViewers = 100;
const maxUnread = 4 * 1024 * 1024;
/** Milliseconds. A page that hears nothing for one and a half of them opens its feed anew: see ui/feed.ts. */
const heartbeat = 10_000;

/** The pages that follow a feed. */
export class Viewers {
  readonly #viewers = new Set<Viewer>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#each((viewer) => viewer.beat()), heartbeat);
    this.#timer.unref();
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** @throws {MicroError} 503 when too many look. */
  checkRoom(): void {
    if (this.#viewers.size >= maxViewers)
      throw unavailable("go.micro.web", `too many pages look: over ${maxViewers}`, { executed: "no" });
  }

  /** Adds a page until it leaves. */
  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    viewer.onLeft(() => this.#viewers.delete(viewer));
  }

  /** Tells all of them. */
  send(event: string, data: unknown): void {
    if (this.#viewers.size === 0) return;
    const json = JSON.stringify(data);
    this.#each((viewer) => viewer.write(event, json));
  }

  close(): void {
    clearInterval(this.#timer);
    for (const viewer of this.#viewers) viewer.end();
  }

  #each(tell: (viewer: Viewer) => void): void {
    for (const viewer of this.#viewers) if (!tooSlow(viewer)) tell(viewer);
  }
}

/** Tells one page; it may be one that has left. */
export function tell(viewer: Viewer, event: string, data: unknown): void {
  if (!tooSlow(viewer)) viewer.write(event, JSON.stringify(data));
}

/** A page that reads too slowly is dropped: it comes back and gets everything anew. */
function tooSlow(viewer: Viewer): boolean {
  if (viewer.unread <= maxUnread) return false;
  viewer.drop();
  return true;
}
