import type { Service } from "../../core/service.js";
import type { Change } from "../registry.js";
import { versionKey } from "../wire/group-by-version.js";

/** What a watch knows, and what a new read changes about it. */
export class Snapshot {
  readonly #names = new Map<string, Map<string, Known>>();

  /** Takes `services` as all versions of `name` that there are, and returns what that changes. */
  replace(name: string, services: readonly Service[]): Change[] {
    const before = this.#names.get(name);
    const after = new Map<string, Known>();
    for (const service of services) after.set(versionKey(service), new Known(service));
    if (after.size > 0) this.#names.set(name, after);
    else this.#names.delete(name);
    const changes: Change[] = [];
    for (const [key, known] of after) {
      const old = before?.get(key);
      if (old === undefined) changes.push({ action: "create", service: known.service });
      else if (old.text !== known.text) changes.push({ action: "update", service: known.service });
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

/** A version with its text, which is made when there is another one to compare it with. */
class Known {
  readonly service: Service;
  #text: string | undefined;

  constructor(service: Service) {
    this.service = service;
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.service);
    return this.#text;
  }
}
