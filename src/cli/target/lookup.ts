import type { Registry } from "../../registry/registry.js";
/** What it takes to look up names of services and methods. */
export interface Lookup {
  readonly registry: Registry;
  readonly signal: AbortSignal;
  /** Name of the registry in messages: `consul 127.0.0.1:8500`. */
  readonly registryLabel: string;
}
