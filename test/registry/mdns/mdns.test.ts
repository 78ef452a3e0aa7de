import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { healthText } from "../../../src/cli/target/service-list.js";
import { MdnsRegistry } from "../../../src/registry/mdns/mdns.js";
import { registrySuite } from "../../../src/testing/registry/registry.js";
import { summarise } from "../../../src/web/registry/summary.js";

/** Not the port of mDNS itself, so that the test meets no other programs. */
const port = 20_000 + (process.pid % 20_000);
const open = async () => new MdnsRegistry({ addresses: ["127.0.0.1"], port, collect: 200 });

describe("mdns", () => {
  registrySuite("mdns", open);

  it("treats a node that answered as passing, in a list and in a watch", async () => {
    await using registry = await open();
    const nodes = [{ id: "alive-1", address: "127.0.0.1", port: 1, metadata: {} }];
    await registry.register({ name: "alive", version: "1", metadata: {}, endpoints: [], nodes });
    const found = await registry.getService("alive");
    const { nodes: all, passing, unchecked } = summarise("alive", found);
    assert.equal(healthText({ nodes: all, passing, unchecked }), "healthy");
    for await (const { service } of registry.watch({ service: "alive" })) {
      assert.equal(service.nodes[0]?.status, "passing");
      break;
    }
  });
});
