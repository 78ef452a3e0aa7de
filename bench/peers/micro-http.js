// This toolkit's client, calling a node without mux, such as a Go service: the bare server answers.
import { silent } from "../../dist/core/log/log.js";
import { MemoryRegistry } from "../../dist/registry/memory/memory.js";
import { service } from "../../dist/service/index.js";
import { echo } from "./echo.js";
import { check, name, peer } from "./peer.js";

const registered = "go.micro.srv.greeter";

await peer({
  serve: echo,
  async connect(address) {
    const [host, port] = address.split(":");
    const registry = new MemoryRegistry();
    const node = { id: "greeter-1", address: host, port: Number(port), metadata: { protocol: "mucp" } };
    await registry.register({ name: registered, version: "1", metadata: {}, endpoints: [], nodes: [node] });
    const { client } = service({ name: "go.micro.bench", argv: [], env: process.env, log: silent, registry });
    return {
      rpc: async () => check(await client.call(registered, "Say.Hello", { name })),
      metadata: async (n) => {
        const metadata = { "X-Request-Id": `request-${n}`, "X-User": `user-${n % 1000}` };
        check(await client.call(registered, "Say.Hello", { name }, { metadata }));
      },
    };
  },
});
