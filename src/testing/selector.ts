import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Service } from "../core/service.js";
import type { Next, Selector, Strategy } from "../selector/selector.js";

/** Name of the service that `selectorSuite` selects. */
export const suiteService = "suite.selected";

function version(number: string, nodes: readonly string[]): Service {
  return {
    name: suiteService,
    version: number,
    metadata: {},
    endpoints: [],
    nodes: nodes.map((id, index) => ({
      id,
      address: "127.0.0.1",
      port: 9000 + index,
      metadata: {},
      status: "passing",
    })),
  };
}

const versions = [version("1.0.0", ["a", "b"]), version("2.0.0", ["c"])];

function picks(next: Next, count: number): Set<string> {
  return new Set(Array.from({ length: count }, () => next().id));
}

/**
 * Runs the conformance suite of selectors under `node:test`. `open` returns a selector that finds `services` as
 * `suiteService`.
 */
export function selectorSuite(
  name: string,
  open: (services: readonly Service[]) => Promise<Selector>,
  options: { readonly skip?: string | false } = {},
): void {
  describe(`${name} selector`, { skip: options.skip ?? false }, () => {
    it("selects every node", async () => {
      await using selector = await open(versions);
      const next = await selector.select(suiteService);
      assert.deepEqual(picks(next, 500), new Set(["a", "b", "c"]));
    });

    it("selects only nodes that pass the filters", async () => {
      await using selector = await open(versions);
      const second = (services: readonly Service[]) => services.filter(({ version }) => version === "2.0.0");
      const next = await selector.select(suiteService, { filters: [second] });
      assert.deepEqual(picks(next, 50), new Set(["c"]));
    });

    it("uses the strategy of the options, if there is one", async () => {
      await using selector = await open(versions);
      const first: Strategy = (services) => () => {
        const [node] = services[0]?.nodes ?? [];
        assert.ok(node);
        return node;
      };
      const next = await selector.select(suiteService, { strategy: first });
      assert.deepEqual(picks(next, 50), new Set(["a"]));
    });

    it("answers 404 when the filters leave no node", async () => {
      await using selector = await open(versions);
      const select = async () => selector.select(suiteService, { filters: [() => []] });
      await assert.rejects(select, { code: 404, executed: "no" });
    });

    it("answers 404 for an unknown service", async () => {
      await using selector = await open(versions);
      await assert.rejects(async () => selector.select("suite.unknown"), { code: 404 });
    });

    it("closes twice without error", async () => {
      const selector = await open(versions);
      await selector.close();
      await selector.close();
    });
  });
}

/** Runs the conformance suite of strategies under `node:test`. */
export function strategySuite(name: string, strategy: Strategy): void {
  describe(`${name} strategy`, () => {
    it("selects every node of every version", () => {
      assert.deepEqual(picks(strategy(versions), 500), new Set(["a", "b", "c"]));
    });

    it("selects the only node every time", () => {
      assert.deepEqual(picks(strategy([version("1.0.0", ["only"])]), 10), new Set(["only"]));
    });
  });
}
