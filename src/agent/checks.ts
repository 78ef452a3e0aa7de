import type { Closeable } from "../core/closeable.js";
import { internal } from "../core/errors.js";
import { sleep, timeoutSignal } from "../core/time/clock.js";
import { Expiry } from "./expiry.js";
import { type CheckDefinition, type CheckEntry, limits, type Status } from "./model.js";
import { probe } from "./probes.js";
import type { Store } from "./store.js";

/** Runs the checks of a store. TTL checks must report in time, the others are probed. */
export class Checks implements Closeable {
  readonly #store: Store;
  readonly #expiry = new Expiry();
  /** Stop the probing, by check. */
  readonly #probing = new Map<string, AbortController>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Adds or replaces a check, and starts it. */
  add(definition: CheckDefinition): void {
    this.#stop(definition.id);
    this.#store.putCheck(definition);
    this.#awaitReport(definition.id);
    this.#reapLater(definition.id);
    const { probe: what, id } = definition;
    if (what.type === "http" || what.type === "tcp") void this.#probe(id, what);
  }

  /** Records a report by the service itself. @throws {MicroError} 500 for a check that takes no reports. */
  report(id: string, status: Status, output: string): void {
    const check = this.#store.checks.get(id);
    if (check?.probe.type !== "ttl")
      throw internal("go.micro.agent", `CheckID "${id}" does not have associated TTL`);
    this.#setStatus(id, status, output);
    this.#awaitReport(id);
  }

  remove(id: string): void {
    this.#stop(id);
    this.#store.removeCheck(id);
  }

  /** Removes a service and its checks. Returns false if there is none. */
  removeService(id: string): boolean {
    for (const check of this.#store.services.get(id)?.checks.keys() ?? []) this.#stop(check);
    return this.#store.removeService(id);
  }

  async close(): Promise<void> {
    for (const stop of this.#probing.values()) stop.abort();
    this.#probing.clear();
    await this.#expiry.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #stop(id: string): void {
    this.#expiry.clear(`ttl ${id}`);
    this.#expiry.clear(`reap ${id}`);
    this.#probing.get(id)?.abort();
    this.#probing.delete(id);
  }

  #awaitReport(id: string): void {
    const what = this.#store.checks.get(id)?.probe;
    if (what?.type === "ttl") this.#expiry.set(`ttl ${id}`, what.ttl, () => this.#expired(id));
  }

  #expired(id: string): void {
    const before = this.#store.checks.get(id)?.output ?? "";
    const expired = "TTL expired";
    const again = before === "" || before.startsWith(expired);
    this.#setStatus(
      id,
      "critical",
      again ? expired : `${expired} (last output before timeout follows): ${before}`,
    );
  }

  #setStatus(id: string, status: Status, output: string): void {
    this.#store.setStatus(id, status, output.slice(0, limits.output));
    this.#reapLater(id);
  }

  /** Schedules the removal of the service while its check is critical. */
  #reapLater(id: string): void {
    const check = this.#store.checks.get(id);
    const key = `reap ${id}`;
    if (!check || !reapable(check)) this.#expiry.clear(key);
    else if (!this.#expiry.has(key))
      this.#expiry.set(key, check.deregisterAfter, () => this.removeService(check.serviceId));
  }

  /** Probes now and after each interval, never twice at the same time. */
  async #probe(id: string, what: Parameters<typeof probe>[0]): Promise<void> {
    const stop = new AbortController();
    this.#probing.set(id, stop);
    while (!stop.signal.aborted) {
      const limit = AbortSignal.any([stop.signal, timeoutSignal(what.timeout)]);
      const { status, output } = await probe(what, limit);
      if (stop.signal.aborted) return;
      this.#setStatus(id, status, output);
      await sleep(what.interval, { signal: stop.signal }).catch(() => undefined);
    }
  }
}

function reapable(check: CheckEntry): boolean {
  return check.status === "critical" && check.deregisterAfter > 0 && check.serviceId !== "";
}
