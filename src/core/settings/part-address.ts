import { defaultOf } from "./values.js";

/** Parts that have no address. That of mDNS is one of this machine's. */
const placeless = {
  registry: ["memory"],
  broker: ["memory"],
  transport: ["http", "memory"],
} as const;

/** Why the address of a part counts for nothing; undefined when it does count. */
export function uselessAddress(part: keyof typeof placeless, name = defaultOf(part)): string | undefined {
  const without: readonly string[] = placeless[part];
  if (!without.includes(name)) return undefined;
  return `--${part}_address counts for nothing: the ${part} "${name}" has no address`;
}
