import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unavailable } from "../../src/core/errors.js";
import type { Node } from "../../src/core/service.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { selectUntried, withFailover } from "../../src/selector/failover.js";
import { CatalogSelector, roundRobin } from "../../src/selector/index.js";
import type { Selector } from "../../src/selector/selector.js";

/** A selector over nodes of those ids. */
async function over(...ids: string[]): Promise<Selector> {
  const registry = new MemoryRegistry();
  const nodes = ids.map((id, i) => ({ id, address: "127.0.0.1", port: 9000 + i, metadata: {} }));
  await registry.register({ name: "app", version: "1", metadata: {}, endpoints: [], nodes });
  const catalog = new Catalog(registry, { probe: async () => true });
  await catalog.load("app");
  return new CatalogSelector(catalog, { strategy: roundRobin });
}

/** Tries nodes, all of which fail; returns those tried and what was told. */
async function allFail(
  selector: Selector,
  mayReturn?: () => boolean,
): Promise<[Set<string>, number, unknown]> {
  const tried: string[] = [];
  const attempt = async ({ id }: Node) => {
    tried.push(id);
    throw new Error(`of ${id}`);
  };
  const failed = (_: Node, error: unknown) => error;
  const told = await withFailover(selector, "app", {
    attempt,
    mayRepeat: () => true,
    mayReturn,
    failed,
  }).catch((error: Error) => error.message);
  assert.equal(told, `of ${tried.at(-1)}`);
  return [new Set(tried), tried.length, told];
}

describe("the next node of a request", () => {
  it("is one that was not tried, at most three times", async () => {
    const [tried, count] = await allFail(await over("a", "b", "c", "d"));
    assert.deepEqual([tried.size, count], [3, 3]);
  });

  it("is none when all were tried, or any again where that may help", async () => {
    assert.equal((await allFail(await over("a", "b")))[1], 2);
    assert.equal((await allFail(await over("a", "b"), () => true))[1], 3);
  });

  it("is none where the error may not be repeated", async () => {
    const selector = await over("a", "b");
    let count = 0;
    const request = { mayRepeat: () => false, failed: (_: Node, error: unknown) => error };
    const attempt = () => Promise.reject(new Error(`attempt ${++count}`));
    await assert.rejects(withFailover(selector, "app", { ...request, attempt }), { message: "attempt 1" });
  });

  for (const how of ["throws", "rejects"])
    it(`is none where the look-up ${how}: the error of the node is told`, async () => {
      const inner = await over("a", "b");
      const away = unavailable("go.micro.registry", "away", { reason: "REGISTRY_UNREACHABLE" });
      const selector: Selector = {
        select: (service, options) => {
          if (!options?.filters) return inner.select(service);
          if (how === "rejects") return Promise.reject(away);
          throw away;
        },
        sent: () => {},
        mark: () => {},
        close: async () => {},
        [Symbol.asyncDispose]: async () => {},
      };
      assert.equal((await allFail(selector))[1], 1);
    });

  it("waits for a selector that has to look up", async () => {
    const inner = await over("a", "b");
    const found = selectUntried(async (others) => inner.select("app", { filters: [others] }), ["a"]);
    assert.ok(found instanceof Promise);
    assert.equal((await found)?.id, "b");
  });
});
