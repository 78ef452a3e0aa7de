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

/** Back-off in milliseconds after a failed write. */
const retry = { least: 100, most: 2000 };
/** Shortest time in milliseconds between two writes, unless the interval is shorter. */
const betweenWrites = 500;
/** Shortest renewal interval in milliseconds, whatever the setting: the registry must not be flooded. */
const shortestInterval = 50;
/** Milliseconds between two checks of another process that holds the entry. */
const holderPeriod = 1000;
/** Longest time in milliseconds to wait until watchers see a new entry. */
const seenWithin = 1000;

export interface RegistrationOptions {
  /** Milliseconds after which an entry is unhealthy unless renewed. 0: never. Default 30,000. */
  readonly ttl?: number;
  /**
   * Milliseconds between renewals, at most a third of the TTL. 0: only what was lost is written again. Default 10,000.
   */
  readonly interval?: number;
  readonly log: Log;
  readonly clock?: Clock;
  /** Checks whether another process with the same id still serves. Default: whether it accepts connections. */
  readonly probe?: PresenceProbe;
  /**
   * True if no other process can have these node ids: the registry is then not read at start and end. Default false.
   */
  readonly unique?: boolean;
  /**
   * True if `start` has to reject when the registry cannot be written, and otherwise to wait until watchers see the
   * entry.
   */
  readonly strict?: boolean;
  /** Advice in the warning about a loopback address that other machines read. Default: the flags of a service. */
  readonly fix?: string;
}

const serviceFix = "start it with --server_address=0.0.0.0:0, or --server_advertise=HOST";

/**
 * Keeps a service registered: writes it until that succeeds, renews it, and rewrites it at once if it was removed or
 * changed, or the registry was away. Of two living processes with the same id, the one that started later holds the
 * entry. The other writes only if that one does not answer.
 */
export class Registration implements Closeable {
  readonly #registry: Registry;
  readonly #options: RegistrationOptions;
  readonly #holders: EntryHolders;
  readonly #entry: WrittenEntry;
  readonly #loopback: LoopbackWarning;
  readonly #stop = new AbortController();
  /** Ends the wait before the next renewal. */
  #wake = new AbortController();
  #starting: Promise<unknown> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  #failures = 0;
  /** Milliseconds from the last failure to the next attempt. */
  #retryIn = 0;
  /** Resolves the wait of a strict `start`. */
  #noticed = () => {};
  #unwatch = () => {};

  /** `service` as a function returns what has to be registered now, which may change while the service runs. */
  constructor(registry: Registry, service: Service | (() => Service), options: RegistrationOptions) {
    this.#registry = registry;
    this.#options = options;
    this.#holders = new EntryHolders(options.probe ?? acceptsConnections, options.log);
    const describe = typeof service === "function" ? service : () => service;
    this.#entry = new WrittenEntry(registry, describe, options);
    this.#loopback = new LoopbackWarning(registry, options.log, options.fix ?? serviceFix);
  }

  /**
   * Resolves after the first attempt, whether or not the registry answered: a service runs without one.
   * @throws {MicroError} 400 if no registry of this kind accepts such a service, and a retry would not help.
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
    this.#logFailure(error);
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

  /** Removes the entry, unless another process holds it. */
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

  /** Remembers the process whose entry is about to be overwritten. */
  async #readBefore(signal: AbortSignal): Promise<void> {
    const entry = compareEntry(this.#entry.service, await this.#entry.read(signal));
    if (entry.state === "taken") this.#holders.precede(entry.by);
  }

  async #keep(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#pause();
      if (!this.#stop.signal.aborted) await this.#renew();
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
  async #renew(): Promise<void> {
    if (await this.#holders.keepsEntry(this.#entry.service.name, this.#stop.signal)) this.#failures = 0;
    else this.#logFailure(await this.#write(this.#stop.signal));
  }

  /** Writes the entry. Returns the error if that failed. */
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

  /** Logs a failed write. Without a registry that happens at every attempt, so the stack is left to the debug level. */
  #logFailure(error: unknown): void {
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

  /** Writes at once if this process has another address now, or if an earlier write failed. */
  #networkChanged(): void {
    if (this.#failures > 0 || this.#entry.moved) this.#wake.abort();
  }

  #changed(versions: readonly Service[], doubtful: boolean): void {
    const entry = compareEntry(this.#entry.service, versions);
    if (entry.state === "equal") this.#noticed();
    const { current } = this.#holders;
    // A registry that lost its state gets the entry back from the process that holds it.
    if (entry.state === "missing" && doubtful && current !== undefined) return;
    if (entry.state === "taken") this.#holders.takenBy(entry.by);
    else this.#holders.release();
    if (entry.state !== "equal") this.#wake.abort();
  }
}

function renewalAfter({ ttl = defaultTtl, interval = 10_000 }: RegistrationOptions): number {
  const within = ttl > 0 ? ttl / 3 : Number.POSITIVE_INFINITY;
  return Math.max(shortestInterval, Math.min(interval || Number.POSITIVE_INFINITY, within));
}
