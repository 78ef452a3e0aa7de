import type { TimelineEntry } from "../model.js";

/** A change, before it gets an id and a time. */
export type News = Omit<TimelineEntry, "id" | "time">;

const maxEntries = 500;

/** The latest changes of the registry, newest first. */
export class Timeline {
  #entries: readonly TimelineEntry[] = [];
  #pending: TimelineEntry[] = [];
  #serial = 0;

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  add(news: readonly News[]): void {
    const time = Date.now();
    for (const one of news) this.#pending.unshift({ ...one, id: this.#serial++, time });
  }

  /** Moves pending changes to the entries, and returns them. */
  take(): readonly TimelineEntry[] {
    const news = this.#pending.slice(0, maxEntries);
    this.#pending = [];
    this.#entries = [...news, ...this.#entries].slice(0, maxEntries);
    return news;
  }
}
