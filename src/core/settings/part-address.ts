import { defaultOf } from "./values.js";

/** Backends without an address. mDNS has one: that of a network interface. */
const withoutAddress = {
  registry: ["memory"],
  broker: ["memory"],
  transport: ["http", "memory"],
} as const;

/** Returns why the address of a part has no effect. Undefined if it has one. */
export function ineffectiveAddress(
  part: keyof typeof withoutAddress,
  name = defaultOf(part),
): string | undefined {
  const names: readonly string[] = withoutAddress[part];
  if (!names.includes(name)) return undefined;
  return `--${part}_address has no effect: the ${part} "${name}" has no address`;
}
