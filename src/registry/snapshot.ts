import type { Service } from "../core/service.js";
import { versionKey } from "./group.js";
import type { Change } from "./registry.js";

/** What a watch knows, and what a new read changes about it. */
export class Snapshot {
  readonly #names = new Map<string, Map<string, Known>>();

  /** Takes `services` as all versions of `name` that there are, and returns what that changes. */
  replace(name: string, services: readonly Service[]): Change[] {
    const before = this.#names.get(name);
    const after = new Map<string, Known>();
    for (const service of services)
      after.set(versionKey(service), { service, text: JSON.stringify(service) });
    if (after.size > 0) this.#names.set(name, after);
    else this.#names.delete(name);
    const changes: Change[] = [];
    for (const [key, { service, text }] of after) {
      const old = before?.get(key);
      if (old === undefined) changes.push({ action: "create", service });
      else if (old.text !== text) changes.push({ action: "update", service });
    }
    for (const [key, { service }] of before ?? [])
      if (!after.has(key)) changes.push({ action: "delete", service });
    return changes;
  }

  /** The names of which it knows at least one version. */
  names(): string[] {
    return [...this.#names.keys()];
  }

  /** The versions of `name`. */
  services(name: string): readonly Service[] {
    return [...(this.#names.get(name)?.values() ?? [])].map(({ service }) => service);
  }
}

interface Known {
  readonly service: Service;
  readonly text: string;
}
