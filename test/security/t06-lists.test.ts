import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRegistry } from "../../src/registry/index.js";
import { service } from "../../src/service/index.js";
import { openSidecar } from "../sidecar/open-sidecar.js";
import { ask } from "../support/ask.js";
import { System } from "../support/programs/system.js";
import { fakeConsul, sendRead } from "../support/servers/consul-fake.js";

/** More than the keys that an object from a stranger may have. */
const many = 10_050;

describe("T6: what was asked for", () => {
  it("is a list of more than 10,000 services, directly and through a sidecar", async () => {
    const listed = Object.fromEntries(Array.from({ length: many }, (_, n) => [`s${n}`, ["v=1"]]));
    await using consul = await fakeConsul((_, response) => sendRead(response, 1, listed));
    await using registry = await openRegistry("consul", { addresses: [consul.address] });
    assert.equal((await registry.listServices()).length, many);
    const own = service({ name: "own", registry, broker: "memory", drainDelay: 0, argv: [], env: {} });
    await using sidecar = await openSidecar({}, own);
    const { code, json } = await ask(sidecar.url, "GET", "/registry");
    assert.deepEqual([code, (json as unknown[]).length], [200, many]);
  });

  const deep = `${"[".repeat(70)}1${"]".repeat(70)}`;
  const replies: Readonly<Record<string, unknown>> = {
    "10,001 keys": Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`k${n}`, n])),
    "70 levels": JSON.parse(deep),
  };
  for (const [what, reply] of Object.entries(replies))
    it(`is a reply of ${what} from a node; the same is refused in a request`, async () => {
      await using system = await System.open();
      const node = system.service("go.micro.srv.large");
      node.handle("Say.All", {}, async () => ({ reply }));
      node.handle("Say.Hear", {}, async () => ({}));
      await node.start();
      const { client } = system.service("caller");
      assert.deepEqual(await client.call("go.micro.srv.large", "Say.All", {}), { reply });
      await assert.rejects(client.call("go.micro.srv.large", "Say.Hear", { reply }), { code: 413 });
    });
});
