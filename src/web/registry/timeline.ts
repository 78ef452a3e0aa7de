import type { TimelineEntry } from "../model.js";

/** What happened, before it has a number and a time. */
export type News = Omit<TimelineEntry, "id" | "time">;

const most = 500;

/** What changed in the registry, the newest first, as far back as is shown. */
export class Timeline {
  #entries: readonly TimelineEntry[] = [];
  #untold: TimelineEntry[] = [];
  #serial = 0;

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  add(news: readonly News[]): void {
    const time = Date.now();
    for (const one of news) this.#untold.unshift({ ...one, id: this.#serial++, time });
  }

  /** What was added since the last time it was asked. */
  take(): readonly TimelineEntry[] {
    const news = this.#untold.slice(0, most);
    this.#untold = [];
    this.#entries = [...news, ...this.#entries].slice(0, most);
    return news;
  }
}
