import { isDeepStrictEqual } from "node:util";
import type { Service } from "../../core/service.js";
import { type Entry, groupByVersion } from "../wire/group-by-version.js";

/** Milliseconds for which an expired node stays as critical before it is removed. */
const removedAfter = 60_000;

interface Held extends Entry {
  readonly ttl: number | undefined;
  /** When it turns critical, on the monotonic clock. */
  readonly expires: number;
  /** True once watchers know that it is critical. The time alone would miss a node that expires between two checks. */
  reportedCritical: boolean;
}

/** The entries that the in-memory registries of one process share. */
export class MemoryStore {
  readonly #entries = new Map<string, Map<string, Held>>();
  readonly #watchers = new Set<(name: string) => void>();
  #timer: NodeJS.Timeout | undefined;

  put(entry: Entry, ttl: number | undefined): void {
    const expires = ttl === undefined ? Number.POSITIVE_INFINITY : performance.now() + ttl;
    const nodes = this.#entries.get(entry.name) ?? new Map<string, Held>();
    const held = nodes.get(entry.node.id);
    nodes.set(entry.node.id, { ...entry, ttl, expires, reportedCritical: false });
    this.#entries.set(entry.name, nodes);
    if (held && renews(held, entry, ttl)) this.#schedule();
    else this.#changed(entry.name);
  }

  remove(name: string, id: string): void {
    if (this.#entries.get(name)?.delete(id)) this.#changed(name);
  }

  /** Returns every version of `name`, with the status of its nodes. */
  services(name: string): Service[] {
    const now = performance.now();
    const entries = [...(this.#entries.get(name)?.values() ?? [])];
    return groupByVersion(
      entries.filter(({ expires }) => now < expires + removedAfter).map((held) => judged(held, now)),
    );
  }

  names(): string[] {
    return [...this.#entries.keys()].filter((name) => this.services(name).length > 0);
  }

  /** Calls `changed` with a name whenever its services may have changed, until the returned function is called. */
  observe(changed: (name: string) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  #changed(name: string): void {
    if (this.#entries.get(name)?.size === 0) this.#entries.delete(name);
    for (const changed of this.#watchers) changed(name);
    this.#schedule();
  }

  /** Sets a timer for the next node that turns critical or is removed. It does not keep the process alive. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const nodes of this.#entries.values())
      for (const { expires, reportedCritical } of nodes.values())
        next = Math.min(next, reportedCritical ? expires + removedAfter : expires);
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#expire(), Math.min(Math.max(next - now + 1, 1), 2 ** 30)).unref();
  }

  #expire(): void {
    const now = performance.now();
    for (const [name, nodes] of this.#entries) {
      let due = false;
      for (const [id, held] of nodes) {
        if (now < held.expires) continue;
        due ||= !held.reportedCritical;
        held.reportedCritical = true;
        if (now >= held.expires + removedAfter) due = nodes.delete(id);
      }
      if (due) this.#changed(name);
    }
    this.#schedule();
  }
}

/** True if an entry only renews a healthy one: then nothing has changed for watchers. */
function renews(held: Held, { version, endpoints, node }: Entry, ttl: number | undefined): boolean {
  if (performance.now() >= held.expires || (held.ttl === undefined) !== (ttl === undefined)) return false;
  return isDeepStrictEqual([held.version, held.endpoints, held.node], [version, endpoints, node]);
}

function judged(held: Held, now: number): Entry {
  const { name, version, endpoints, node } = held;
  if (held.ttl === undefined) return { name, version, endpoints, node: { ...node, status: "unknown" } };
  return { name, version, endpoints, node: { ...node, status: now < held.expires ? "passing" : "critical" } };
}
