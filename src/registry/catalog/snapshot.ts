import type { Service } from "../../core/service.js";
import type { Change } from "../registry.js";
import { versionKey } from "../wire/group-by-version.js";

/** The state that a watch has reported so far. Turns each new read into changes. */
export class Snapshot {
  readonly #names = new Map<string, Map<string, Known>>();

  /** Replaces all versions of `name` by `services`, and returns the changes. */
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

  /** Returns the names with at least one version. */
  names(): string[] {
    return [...this.#names.keys()];
  }

  /** Returns the versions of `name`. */
  services(name: string): readonly Service[] {
    return [...(this.#names.get(name)?.values() ?? [])].map(({ service }) => service);
  }
}

/** A version. Its JSON is made when there is another version to compare it with. */
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
