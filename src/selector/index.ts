/**
 * Picks the node for a request: filters, strategies, and a selector that leaves out nodes that fail.
 *
 * @module micro-toolkit/selector
 */
import { type BuiltIn, openerNamed } from "../core/built-in.js";
import type { Strategy } from "./selector.js";
import { random, roundRobin } from "./strategies.js";

export { CatalogSelector, type CatalogSelectorOptions } from "./catalog-selector.js";
export { byEndpoint, byLabel, byNode, byVersion } from "./filters.js";
export type { HealthProbe, Reach } from "./outliers.js";
export type {
  Filter,
  ForwardedRequest,
  Next,
  Outcome,
  SelectOptions,
  Selector,
  Strategy,
} from "./selector.js";
export { random, roundRobin } from "./strategies.js";

/**
 * Names of `--selector`. Go Micro has two selectors, called `cache` and `default`, and scripts pass these names; here both are
 * the selector's own strategy, least outstanding of two.
 */
const strategies: Readonly<Record<BuiltIn<"selector">, Strategy | undefined>> = {
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
  return openerNamed(strategies, name, { kind: "selector", id: "go.micro.client" });
}
