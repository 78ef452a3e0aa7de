import { aborted } from "../../../core/async/or-abort.js";
import type { Change, WatchOptions } from "../../registry.js";
import type { ConsulClient } from "../client/client.js";
import type { Said } from "../client/origin.js";
import { health } from "../client/requests.js";
import { hasVersion } from "../entries/health-reading.js";
import { type Reading, repeat } from "./blocking.js";
import { FollowedService } from "./followed-service.js";
import { few, Refresher } from "./refresher.js";
import { ServiceLists } from "./service-lists.js";
import { Watcher } from "./watcher.js";

/** Up to so many services each have a blocking query. For more, two queries cover all services. */
const mostAlone = 2;

/** All watches of one registry. Each service is followed once, however many watch it. */
export class ServiceWatches {
  readonly #client: ConsulClient;
  readonly #refresher: Refresher;
  readonly #followed = new Map<string, FollowedService>();
  /** Watchers of every service. */
  readonly #everyone = new Set<Watcher>();
  /** Ends the services' own queries. */
  readonly #alone = new Map<string, AbortController>();
  #lists: ServiceLists | undefined;
  /** The error while the registry does not answer. */
  #away: unknown;

  constructor(client: ConsulClient) {
    this.#client = client;
    this.#refresher = new Refresher(client, {
      onAnswer: (service, answer, lost) => this.#update(service, answer, lost),
      lists: () => this.#lists,
      all: () => this.#followed.values(),
    });
  }

  /** Watches one service, or all, until `signal` aborts. */
  async watch(options: WatchOptions, push: (change: Change) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const subscriber = new Watcher(options, push);
    if (this.#away !== undefined) subscriber.reached(this.#away);
    if (options.service === undefined) this.#followAll(subscriber);
    else this.#follow(options.service, subscriber);
    await aborted(signal);
    this.#everyone.delete(subscriber);
    for (const service of this.#of(options.service)) service.subscribers.delete(subscriber);
    this.#arrange();
  }

  #of(name: string | undefined): FollowedService[] {
    const service = name === undefined ? undefined : this.#followed.get(name);
    return service ? [service] : [];
  }

  #follow(name: string, subscriber: Watcher): void {
    const service = this.#followed.get(name) ?? new FollowedService(name);
    this.#followed.set(name, service);
    service.subscribers.add(subscriber);
    service.sendCurrent(subscriber);
    this.#arrange();
  }

  #followAll(subscriber: Watcher): void {
    this.#everyone.add(subscriber);
    for (const service of this.#followed.values()) service.sendCurrent(subscriber);
    this.#discover();
    this.#arrange();
  }

  /** Follows every listed service while there are watchers of every service. */
  #discover(): void {
    if (this.#everyone.size === 0) return;
    for (const [name, tags] of this.#lists?.tags?.of ?? [])
      if (hasVersion(tags) && !this.#followed.has(name)) this.#followed.set(name, new FollowedService(name));
  }

  /** Starts and stops queries to fit what is followed now. */
  #arrange(): void {
    for (const service of this.#followed.values()) if (!this.#isWanted(service)) this.#drop(service);
    this.#client.busy = this.#followed.size > few;
    if (this.#everyone.size > 0 || this.#followed.size > mostAlone) this.#together();
    else this.#apart();
  }

  #isWanted({ name, present, subscribers }: FollowedService): boolean {
    if (subscribers.size > 0) return true;
    return this.#everyone.size > 0 && (present || this.#lists?.tags?.of.has(name) === true);
  }

  #drop(service: FollowedService): void {
    this.#followed.delete(service.name);
    this.#alone.get(service.name)?.abort();
    this.#alone.delete(service.name);
    service.stop.abort();
  }

  #together(): void {
    for (const stop of this.#alone.values()) stop.abort();
    this.#alone.clear();
    if (this.#lists) this.#lists.refilter();
    else
      this.#lists = new ServiceLists(this.#client, {
        wanted: () => (this.#everyone.size > 0 ? undefined : this.#followed.keys()),
        came: ({ lost, unclear }) => this.#compare(lost, unclear),
        reached: (error) => this.#reached(this.#followed.values(), error),
      });
    for (const service of this.#followed.values()) if (!service.known) this.#refresher.refresh(service);
  }

  #apart(): void {
    this.#lists?.close();
    this.#lists = undefined;
    this.#refresher.cancelSweep();
    if (this.#followed.size === 0) this.#away = undefined;
    for (const service of this.#followed.values()) if (!this.#alone.has(service.name)) this.#ask(service);
  }

  /** Starts a service's own query. */
  #ask(service: FollowedService): void {
    const stop = new AbortController();
    this.#alone.set(service.name, stop);
    const query = {
      what: `watch service "${service.name}"`,
      request: (blocking: object) => health(service.name, blocking),
      onReach: (error?: unknown) => this.#reached([service], error),
      onReading: (reading: Reading) => {
        this.#update(service, reading, reading.lost);
        this.#reached([service]);
      },
    };
    void repeat(this.#client, query, stop.signal);
  }

  #update(service: FollowedService, answer: Said, lost: boolean): boolean {
    const news = service.update(answer, lost, [...service.subscribers, ...this.#everyone]);
    if (!service.present && !this.#isWanted(service)) this.#drop(service);
    return news;
  }

  /** Reads the services that differ from the lists; all of them if the registry may have lost its state. */
  #compare(lost: boolean, unclear: boolean): void {
    const lists = this.#lists;
    if (lists === undefined) return;
    this.#discover();
    this.#client.busy = this.#followed.size > few;
    for (const service of this.#followed.values())
      if (!this.#isWanted(service)) this.#drop(service);
      else if (lost || !service.known || service.differs(lists)) this.#refresher.refresh(service, lost);
    if (unclear) this.#refresher.sweep(this.#followed.size);
  }

  #reached(services: Iterable<FollowedService>, error?: unknown): void {
    this.#away = error;
    const followed = [...services];
    // A read under way may be answered by a registry that has restarted.
    if (error !== undefined) for (const service of followed) service.doubtful = true;
    const all = new Set(followed.flatMap(({ subscribers }) => [...subscribers]));
    for (const subscriber of [...all, ...this.#everyone]) subscriber.reached(error);
  }
}
