import { type Scheduled, sleep, systemClock } from "../../../core/time/clock.js";
import type { ConsulClient } from "../client/client.js";
import type { Said } from "../client/origin.js";
import { health } from "../client/requests.js";
import { indexOf } from "./blocking.js";
import type { FollowedService, Lists } from "./followed-service.js";

/** Up to so many services are all read if it is unclear which of them changed. */
export const few = 32;
/** Milliseconds before a failed read is repeated. */
const retryAfter = 500;
/**
 * Milliseconds to wait before reading many services because of an unclear change, since the other list may still tell
 * which service it was.
 */
const unclearFor = 250;
/** Shortest time in milliseconds between two reads of all services, in total and per service. */
const sweepEvery = 5000;
const sweepPerService = 20;

export interface RefresherOptions {
  /** Called with each read. Returns whether anything has changed. */
  readonly onAnswer: (service: FollowedService, answer: Said, lost: boolean) => boolean;
  /** Returns the latest lists, and their position in the order of all reads. */
  readonly lists: () => (Lists & { readonly now: number }) | undefined;
  readonly all: () => Iterable<FollowedService>;
}

/** Re-reads services that may have changed: one read per service at a time, and not too often. */
export class Refresher {
  readonly #client: ConsulClient;
  readonly #options: RefresherOptions;
  #timer: Scheduled | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #newsAt = Number.NEGATIVE_INFINITY;

  constructor(client: ConsulClient, options: RefresherOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Reads `service` soon. `lost`: the registry may have lost its state. */
  refresh(service: FollowedService, lost = false): void {
    service.doubtful ||= lost;
    service.again ||= lost;
    if (!service.reading) void this.#read(service, true);
  }

  /** Reads all `count` services because of a change that no list shows, unless another read reveals what it was. */
  sweep(count: number): void {
    if (this.#timer !== undefined) return;
    const now = performance.now();
    const every = Math.max(sweepEvery, count * sweepPerService);
    const wait = Math.max(count > few ? unclearFor : 0, this.#sweptAt + every - now);
    this.#timer = systemClock.schedule(wait, () => {
      this.#timer = undefined;
      if (count > few && this.#newsAt > now) return;
      this.#sweptAt = performance.now();
      for (const service of this.#options.all()) if (!service.reading) void this.#read(service, false);
    });
  }

  /** Cancels a pending sweep. */
  cancelSweep(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #read(service: FollowedService, paced: boolean): Promise<void> {
    const { signal } = service.stop;
    service.reading = true;
    while (!signal.aborted) {
      const wait = paced ? service.pace.reserve() : 0;
      if (wait > 0) await sleep(wait, { signal }).catch(() => {});
      service.again = false;
      await this.#readOnce(service, signal);
      if (!service.again) break;
    }
    service.reading = false;
  }

  async #readOnce(service: FollowedService, signal: AbortSignal): Promise<void> {
    const { onAnswer, lists } = this.#options;
    const since = lists()?.now ?? 0;
    let lost = service.doubtful;
    service.doubtful = false;
    try {
      const question = {
        what: `watch service "${service.name}"`,
        signal,
        priority: "refresh" as const,
        origin: true,
      };
      const { headers, body, origin } = await this.#client.ask(health(service.name), question);
      const answer = { body, origin: await origin() };
      if (signal.aborted) return;
      const back = service.wentBack(indexOf(headers));
      lost ||= back || service.doubtful;
      service.doubtful = false;
      const news = onAnswer(service, answer, lost);
      if (news || lost) service.pace.give(1);
      if (news) this.#newsAt = performance.now();
      const later = lists();
      service.again ||= later !== undefined && service.differs(later, since);
    } catch {
      service.doubtful ||= lost;
      service.again = true;
      service.pace.give(1);
      await this.#client.pause(retryAfter, signal);
    }
  }
}
