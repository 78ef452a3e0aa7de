import { waitAtMost } from "../../core/async/with-timeout.js";
import type { Closeable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import type { Log } from "../../core/log/log.js";
import { watchInterfaces } from "../../core/net/interfaces.js";
import type { Service } from "../../core/service.js";
import { backOff } from "../../core/time/backoff.js";
import { type Clock, sleep } from "../../core/time/clock.js";
import { LoopbackWarning } from "../loopback-warning.js";
import { acceptsConnections, type PresenceProbe } from "../presence-probe.js";
import { type Registry, serversOf } from "../registry.js";
import { isRefusal } from "../wire/errors.js";
import { compareEntry } from "./compare-entry.js";
import { EntryHolders } from "./entry-holders.js";
import { watchEntries } from "./entry-watch.js";
import { defaultTtl, WrittenEntry } from "./written-entry.js";

/** Milliseconds before a write that failed is tried again, and between two writes that nobody asked for. */
const retry = { least: 100, most: 2000 };
const betweenWrites = 500;
/** Milliseconds between two renewals at least: no setting floods the registry. */
const shortestInterval = 50;
/** Milliseconds between two looks at the process that holds the entry, and in which watchers see a new entry. */
const holderPeriod = 1000;
const seenWithin = 1000;

export interface RegistrationOptions {
  /** Milliseconds after which an entry that is not renewed is no longer healthy; 0 for one that stays. Default 30,000. */
  readonly ttl?: number;
  /** Milliseconds between renewals, at most a third of the TTL; 0 renews only what got lost. Default 10,000. */
  readonly interval?: number;
  readonly log: Log;
  readonly clock?: Clock;
  /** Tells whether a process that has the same id still serves; default: it accepts connections. */
  readonly probe?: PresenceProbe;
  /** No other process can have the ids of the nodes: then nothing need be read at the start and at the end. */
  readonly unique?: boolean;
  /** `start` rejects when the registry does not take the service, and otherwise waits until watchers see it. */
  readonly strict?: boolean;
  /** What to do about a loopback address that other machines read. Default: the flags of a service. */
  readonly fix?: string;
}

const serviceFix = "start it with --server_address=0.0.0.0:0, or --server_advertise=HOST";

/**
 * Keeps a service in the registry: writes it until it is there, renews it, and writes it anew at once when it was
 * removed or changed, or the registry was away. Of two living processes with one id the one that started later holds
 * the entry; the other writes itself only when that one does not answer.
 */
export class Registration implements Closeable {
  readonly #registry: Registry;
  readonly #options: RegistrationOptions;
  readonly #holders: EntryHolders;
  readonly #entry: WrittenEntry;
  readonly #loopback: LoopbackWarning;
  readonly #stop = new AbortController();
  /** Ends the wait before the next turn. */
  #wake = new AbortController();
  #starting: Promise<unknown> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  #failures = 0;
  /** Milliseconds from the last failure to the next try. */
  #retryIn = 0;
  #noticed = () => {};
  #unwatch = () => {};

  /** A function gives what is to be in the registry now, which may change while the service runs. */
  constructor(registry: Registry, service: Service | (() => Service), options: RegistrationOptions) {
    this.#registry = registry;
    this.#options = options;
    this.#holders = new EntryHolders(options.probe ?? acceptsConnections, options.log);
    const describe = typeof service === "function" ? service : () => service;
    this.#entry = new WrittenEntry(registry, describe, options);
    this.#loopback = new LoopbackWarning(registry, options.log, options.fix ?? serviceFix);
  }

  /**
   * Resolves after the first try, whether or not the registry answered: a service serves without one.
   * @throws {MicroError} 400 when no registry of its kind takes such a service: trying again would change nothing.
   */
  start(signal?: AbortSignal): Promise<void> {
    const starting = this.#start(signal ? [signal, this.#stop.signal] : [this.#stop.signal]);
    this.#starting = starting.catch(() => undefined);
    return starting;
  }

  async #start(signals: AbortSignal[]): Promise<void> {
    const { strict = false, unique = false } = this.#options;
    const signal = AbortSignal.any(signals);
    if (!unique) await this.#readBefore(signal);
    const error = await this.#write(signal);
    if (error !== undefined && (strict || isRefusal(error))) throw error;
    this.#tell(error);
    const seen = new Promise<void>((resolve) => {
      this.#noticed = resolve;
    });
    this.#running = Promise.all([this.#keep(), this.#watch(), this.#holders.forgetDead(this.#stop.signal)]);
    this.#unwatch = watchInterfaces((changed) => changed && this.#networkChanged());
    if (strict) await waitAtMost(seen, seenWithin);
  }

  /** True while the entry is in the registry, or may be, and points at this process. */
  get registered(): boolean {
    return this.#entry.present && this.#holders.current === undefined;
  }

  /** Takes the entry out of the registry, unless another process holds it. */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#starting;
    this.#unwatch();
    await this.#running;
    if (this.registered) await this.#entry.leave(this.#holders);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Remembers the processes whose entry is overwritten now. */
  async #readBefore(signal: AbortSignal): Promise<void> {
    const entry = compareEntry(this.#entry.service, await this.#entry.read(signal));
    if (entry.state === "taken") this.#holders.precede(entry.by);
  }

  async #keep(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#pause();
      if (!this.#stop.signal.aborted) await this.#turn();
    }
  }

  async #pause(): Promise<void> {
    const { clock, strict } = this.#options;
    const interval = renewalAfter(this.#options);
    const held = this.#holders.current === undefined ? interval : Math.min(interval, holderPeriod);
    const duration = this.#failures === 0 ? held : this.#retryIn;
    const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
    await sleep(duration, { signal, clock, ref: !strict }).catch(() => undefined);
    this.#wake = new AbortController();
    const early = this.#entry.writtenAt + Math.min(betweenWrites, interval) - performance.now();
    if (early > 0 && this.#holders.current === undefined)
      await sleep(early, { signal: this.#stop.signal }).catch(() => undefined);
  }

  /** Renews the entry, unless another process holds it and answers. */
  async #turn(): Promise<void> {
    if (await this.#holders.keepsEntry(this.#entry.service.name, this.#stop.signal)) this.#failures = 0;
    else this.#tell(await this.#write(this.#stop.signal));
  }

  /** Returns the error, if it failed. */
  async #write(signal: AbortSignal): Promise<unknown> {
    try {
      await this.#entry.write(signal);
      this.#failures = 0;
      void this.#loopback.look(this.#entry.service, { signal });
      return undefined;
    } catch (error) {
      this.#failures += 1;
      this.#retryIn = backOff(this.#failures, retry);
      return error;
    }
  }

  /** While a registry is away this comes with each try: the stack is for who looks for it. */
  #tell(error: unknown): void {
    if (error === undefined || this.#stop.signal.aborted) return;
    const { log } = this.#options;
    const service = this.#entry.service.name;
    const { code, reason, detail } = MicroError.from(error, "go.micro.registry");
    const registry = serversOf(this.#registry).join(",") || this.#registry.name;
    const retryIn = Math.round(this.#retryIn);
    log.warn({ service, code, reason, detail, registry, retryIn }, "registering failed, trying again");
    log.debug({ err: error, service }, "registering failed");
  }

  #watch(): Promise<void> {
    return watchEntries(this.#registry, {
      service: this.#entry.service.name,
      signal: this.#stop.signal,
      log: this.#options.log,
      changed: (versions, doubtful) => this.#changed(versions, doubtful),
      returned: () => this.#wake.abort(),
    });
  }

  /** Writes at once what is reached at another address now, and what could not be written before. */
  #networkChanged(): void {
    if (this.#failures > 0 || this.#entry.moved) this.#wake.abort();
  }

  #changed(versions: readonly Service[], doubtful: boolean): void {
    const entry = compareEntry(this.#entry.service, versions);
    if (entry.state === "equal") this.#noticed();
    const { current } = this.#holders;
    // A registry that lost its state gets the entry of the holder back from the holder.
    if (entry.state === "missing" && doubtful && current !== undefined) return;
    if (entry.state === "taken") this.#holders.take(entry.by);
    else this.#holders.release();
    if (entry.state !== "equal") this.#wake.abort();
  }
}

function renewalAfter({ ttl = defaultTtl, interval = 10_000 }: RegistrationOptions): number {
  const within = ttl > 0 ? ttl / 3 : Number.POSITIVE_INFINITY;
  return Math.max(shortestInterval, Math.min(interval || Number.POSITIVE_INFINITY, within));
}
