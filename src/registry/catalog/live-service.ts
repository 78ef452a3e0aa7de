import type { Service } from "../../core/service.js";
import type { PresenceProbe } from "../presence-probe.js";
import type { Change } from "../registry.js";
import { type Entry, groupByVersion, usable } from "../wire/group-by-version.js";
import { ShrinkGuard } from "./shrink-guard.js";

export interface LiveServiceOptions {
  readonly probe: PresenceProbe;
  readonly hold: number;
  /** Called when `services` has become another list. */
  readonly published: (live: LiveService) => void;
}

/** The current state of one service. Nodes that vanish suspiciously are held for a while; see `ShrinkGuard`. */
export class LiveService {
  readonly name: string;
  /** Undefined until the first read. A new list only if the content has changed. */
  services: readonly Service[] | undefined;
  /** Counts changes, so that a read can tell whether one arrived while it ran. */
  revision = 0;
  readonly #options: LiveServiceOptions;
  readonly #guard: ShrinkGuard;
  /** The latest state of the registry, by version. */
  #registered = new Map<string, Service>();
  #before = new Map<string, Entry>();
  #doubtful = false;
  #settling: NodeJS.Immediate | undefined;
  /** `services` as JSON. Made when there is a new list to compare it with. */
  #text: string | undefined;

  constructor(name: string, options: LiveServiceOptions) {
    this.name = name;
    this.#options = options;
    const { probe, hold } = options;
    this.#guard = new ShrinkGuard({ probe, hold, released: () => this.#publish() });
  }

  /** Applies one change of a watch. The changes of one read arrive in the same tick, and are evaluated together. */
  change({ action, service, doubtful = false }: Change): void {
    this.revision += 1;
    this.#doubtful ||= doubtful;
    if (action === "delete") this.#registered.delete(service.version);
    else this.#registered.set(service.version, service);
    this.#settling ??= setImmediate(() => this.settle());
  }

  /** Replaces all versions. If `doubtful`, nodes missing here may still be alive. */
  replace(services: readonly Service[], { doubtful = false }: { doubtful?: boolean } = {}): void {
    this.#doubtful ||= doubtful;
    this.#registered = new Map(services.map((service) => [service.version, service]));
    this.settle();
  }

  /** Updates `services` from the state of the registry. */
  settle(): void {
    clearImmediate(this.#settling);
    this.#settling = undefined;
    const present = new Map(entries(this.#registered.values()).map((entry) => [entry.node.id, entry]));
    const gone = [...this.#before.values()].filter(({ node }) => !present.has(node.id));
    const many = gone.length > 1 && gone.length >= this.#before.size / 2;
    if (this.#doubtful || many) this.#guard.hold(gone);
    for (const id of present.keys()) this.#guard.drop(id);
    this.#before = present;
    this.#doubtful = false;
    this.#publish();
  }

  close(): void {
    clearImmediate(this.#settling);
    this.#guard.close();
  }

  #publish(): void {
    const all = groupByVersion([...this.#before.values(), ...this.#guard.entries]);
    const services = usable(all);
    const text = this.services && JSON.stringify(services);
    if (this.services && text === (this.#text ?? JSON.stringify(this.services))) return;
    this.services = services;
    this.#text = text;
    this.#options.published(this);
  }
}

function entries(services: Iterable<Service>): Entry[] {
  return [...services].flatMap(({ name, version, endpoints, nodes }) =>
    nodes.map((node) => ({ name, version, endpoints, node })),
  );
}
