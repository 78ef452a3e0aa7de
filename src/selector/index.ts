import { badRequest } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import type { Strategy } from "./selector.js";
import { random, roundRobin } from "./strategies.js";

export { CatalogSelector, type CatalogSelectorOptions } from "./catalog-selector.js";
export { byEndpoint, byLabel, byNode, byVersion } from "./filters.js";
export type { Filter, Next, Outcome, SelectOptions, Selector, Strategy } from "./selector.js";
export { random, roundRobin } from "./strategies.js";

/** Names of `--selector`; `cache` and `default` are least outstanding of two, the selector's own strategy. */
const strategies: Readonly<Record<string, Strategy | undefined>> = {
  cache: undefined,
  default: undefined,
  random,
  roundrobin: roundRobin,
};

/** The names that `strategyNamed` knows. */
export const strategyNames: readonly string[] = Object.keys(strategies);

/** @throws {MicroError} 400 for a name that no strategy has. */
export function strategyNamed(name: string): Strategy | undefined {
  if (Object.hasOwn(strategies, name)) return strategies[name];
  const [meant] = nearest(name, strategyNames, 1);
  const hint = meant ? `: did you mean "${meant}"?` : "";
  throw badRequest("go.micro.client", `selector "${name}": not one of ${strategyNames.join(", ")}${hint}`, {
    reason: "BAD_FLAG_VALUE",
  });
}
