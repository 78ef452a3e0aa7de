import type { Change, WatchOptions } from "../registry.js";
import { requireWatchable } from "../wire/errors.js";
import { versionKey } from "../wire/group-by-version.js";

/** Passes each change to `push` until `signal` aborts. */
export type ChangeSource = (push: (change: Change) => void, signal: AbortSignal) => Promise<void>;

/**
 * Turns `source` into an iteration. The first `next` starts it; `return`, or an abort of one of `signals`, ends it
 * without an error. Untaken changes of the same version are merged, so a slow reader uses no more memory than there are
 * services.
 */
export function changeStream(
  source: ChangeSource,
  signals: readonly (AbortSignal | undefined)[],
): AsyncIterable<Change> {
  return { [Symbol.asyncIterator]: () => new ChangeIterator(source, signals) };
}

/** Does the same for the watch of a registry. Rejects with 400 for a service name that no registry accepts. */
export function watchChanges(
  source: ChangeSource,
  options: WatchOptions,
  closed: AbortSignal,
): AsyncIterable<Change> {
  const checked: ChangeSource = async (push, signal) => {
    if (options.service !== undefined) requireWatchable(options.service);
    await source(push, signal);
  };
  return changeStream(checked, [options.signal, closed]);
}

class ChangeIterator implements AsyncIterator<Change> {
  readonly #pending = new Map<string, Change>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;

  constructor(source: ChangeSource, signals: readonly (AbortSignal | undefined)[]) {
    const given = signals.filter((signal) => signal !== undefined);
    this.#signal = AbortSignal.any([this.#stop.signal, ...given]);
    if (this.#signal.aborted) this.#end();
    else void this.#run(source, this.#signal);
  }

  async next(): Promise<IteratorResult<Change>> {
    while (!this.#ended && this.#pending.size === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const [first] = this.#signal.aborted ? [] : this.#pending;
    if (first === undefined) return this.#last();
    this.#pending.delete(first[0]);
    return { done: false, value: first[1] };
  }

  async return(): Promise<IteratorResult<Change>> {
    this.#stop.abort();
    this.#end();
    return { done: true, value: undefined };
  }

  async #run(source: ChangeSource, signal: AbortSignal): Promise<void> {
    const aborted = () => this.#end();
    signal.addEventListener("abort", aborted, { once: true });
    try {
      await source((change) => this.#push(change), signal);
    } catch (error) {
      if (!signal.aborted) this.#error = error;
    }
    signal.removeEventListener("abort", aborted);
    this.#end();
  }

  #push(change: Change): void {
    if (this.#ended) return;
    const key = versionKey(change.service);
    const merged = merge(this.#pending.get(key), change);
    this.#pending.delete(key);
    if (merged !== undefined) this.#pending.set(key, merged);
    this.#wake?.();
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  #last(): IteratorResult<Change> {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }
}

/** Merges two changes of one version into the change from before the first. Undefined if they cancel out. */
function merge(first: Change | undefined, second: Change): Change | undefined {
  if (first === undefined) return second;
  if (first.action !== "create") return second.action === "create" ? { ...second, action: "update" } : second;
  return second.action === "delete" ? undefined : { ...second, action: "create" };
}
