import type { Registry } from "../../registry/registry.js";
/** Names of services and methods as people type them, looked up in the registry. */
export interface Lookup {
  readonly registry: Registry;
  readonly signal: AbortSignal;
  /** Where the names are looked up: `consul 127.0.0.1:8500`. */
  readonly registryLabel: string;
}
