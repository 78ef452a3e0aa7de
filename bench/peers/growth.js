// One process with a client and a service of this toolkit, and a configurable environment: further handlers, nodes, and
// services that the client knows.

import { silent } from "../../dist/core/log/log.js";
import { openRegistry } from "../../dist/registry/index.js";
import { service } from "../../dist/service/index.js";
import { check, name, peer } from "./peer.js";

const own = { argv: [], env: {}, drainDelay: 0, log: silent };

async function grown({ handlers = 1, nodes = 1, services = 10 }) {
  const registry = await openRegistry("memory");
  for (let n = 0; n < nodes; n++) {
    const greeter = service({ ...own, name: "greeter", registry });
    greeter.handle("Say.Hello", {}, async ({ name }) => ({ msg: `Hello ${name}` }));
    for (let i = 1; i < handlers; i++) greeter.handle(`Other.Method${i}`, {}, async () => ({}));
    greeter.run().catch((error) => console.error(error));
    while (greeter.server.address === "") await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const caller = service({ ...own, name: "caller", registry });
  for (let i = 0; i < services; i++) {
    const node = { id: `other-${i}`, address: "127.0.0.1", port: 9, metadata: {} };
    await registry.register({ name: `other${i}`, version: "1", metadata: {}, endpoints: [], nodes: [node] });
    await caller.catalog.load(`other${i}`);
  }
  await caller.catalog.load("greeter");
  return async () => check(await caller.client.call("greeter", "Say.Hello", { name }));
}

await peer({
  serve: async () => "none",
  async connect(_address, work) {
    return { rpc: await grown(JSON.parse(work)) };
  },
});
