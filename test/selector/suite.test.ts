import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { CatalogSelector, random, roundRobin } from "../../src/selector/index.js";
import type { Strategy } from "../../src/selector/selector.js";
import { selectorSuite, strategySuite } from "../../src/testing/selector.js";

strategySuite("random", random);
strategySuite("roundRobin", roundRobin);

const strategies: Readonly<Record<string, Strategy | undefined>> = {
  "least outstanding": undefined,
  random,
  "round robin": roundRobin,
};

for (const [name, strategy] of Object.entries(strategies))
  selectorSuite(name, async (services) => {
    const registry = new MemoryRegistry();
    for (const service of services) await registry.register(service);
    const catalog = new Catalog(registry, { probe: async () => true });
    const selector = new CatalogSelector(catalog, { strategy });
    const close = async () => {
      await selector.close();
      await catalog.close();
      await registry.close();
    };
    return {
      select: (name, options) => selector.select(name, options),
      sent: (node) => selector.sent(node),
      mark: (node, outcome) => selector.mark(node, outcome),
      forwarded: (node, uploading) => selector.forwarded(node, uploading),
      close,
      [Symbol.asyncDispose]: close,
    };
  });
