import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askNodes } from "../../../src/cli/connect/ask-nodes.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { service } from "../../../src/service/index.js";
import { Backend } from "../../support/backend.js";

describe("asking the nodes of a web app", () => {
  it("sends nothing: it is well when it accepts a connection, and has no figures", async () => {
    const registry = new MemoryRegistry();
    await using caller = service({ name: "caller", registry, argv: [], env: {} });
    const name = "go.micro.web.shop";
    const asked: (string | undefined)[] = [];
    const { signal } = new AbortController();
    const ask = async (method: string) => {
      const found = (await registry.getService(name)) ?? [];
      const [answer] = await askNodes(found, method, caller.client, { signal });
      return answer;
    };
    {
      await using _ = await Backend.http(registry, name, (request, response) => {
        asked.push(request.method);
        response.end("ok");
      });
      assert.deepEqual((await ask("Debug.Health"))?.fields, { status: "ok" });
      assert.match((await ask("Debug.Stats"))?.failure?.message ?? "", /speaks plain HTTP/);
    }
    assert.equal((await ask("Debug.Health"))?.failure?.code, "NODE_UNREACHABLE");
    assert.deepEqual(asked, []);
    await registry.close();
  });
});
