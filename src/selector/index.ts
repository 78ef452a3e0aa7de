/**
 * Picks the node for a request: filters, strategies, and a selector that leaves out nodes that fail.
 *
 * @module micro-toolkit/selector
 */
import { badRequest } from "../core/errors.js";
import { suggest } from "../core/text/suggest.js";
import type { Strategy } from "./selector.js";
import { random, roundRobin } from "./strategies.js";

export { CatalogSelector, type CatalogSelectorOptions } from "./catalog-selector.js";
export { byEndpoint, byLabel, byNode, byVersion } from "./filters.js";
export type { HealthProbe, Reach } from "./outliers.js";
export type { Filter, Next, Outcome, Passage, SelectOptions, Selector, Strategy } from "./selector.js";
export { random, roundRobin } from "./strategies.js";

/**
 * Names of `--selector`. Go Micro has two selectors, called `cache` and `default`, and scripts pass these names; here both are
 * the selector's own strategy, least outstanding of two.
 */
const strategies: Readonly<Record<string, Strategy | undefined>> = {
  cache: undefined,
  default: undefined,
  random,
  roundrobin: roundRobin,
};

/** Names of the built-in strategies. */
export const strategyNames: readonly string[] = Object.keys(strategies);

/**
 * Returns a built-in strategy by name. Undefined for `cache` and `default`, which stand for the selector's own.
 * @throws {MicroError} 400 with reason `BAD_FLAG_VALUE` for an unknown name.
 */
export function strategyNamed(name: string): Strategy | undefined {
  if (Object.hasOwn(strategies, name)) return strategies[name];
  const [meant] = suggest(name, strategyNames, 1);
  const hint = meant ? `: did you mean "${meant}"?` : "";
  throw badRequest("go.micro.client", `selector "${name}": not one of ${strategyNames.join(", ")}${hint}`, {
    reason: "BAD_FLAG_VALUE",
  });
}
