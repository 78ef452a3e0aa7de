// This toolkit's gateway, in front of services of this toolkit (`/rpc` and api.Request) or a registered HTTP server
// (`proxy`). `workers` is `api` with two processes that share the port.
import { api } from "../../dist/api/index.js";
import { silent } from "../../dist/core/log/log.js";
import { service } from "../../dist/service/index.js";
import { peer } from "./peer.js";

const own = { argv: [], env: process.env, drainDelay: 0, log: silent };
const [host, port] = (process.env.BENCH_UPSTREAM ?? ":0").split(":");

async function behind() {
  const gateway = service({ ...own, name: "go.micro.api" });
  const nodes = [{ id: "upstream-1", address: host, port: Number(port), metadata: {} }];
  const upstream = { name: "go.micro.api.upstream", version: "1.0.0", metadata: {}, endpoints: [], nodes };
  await gateway.registry.register(upstream);
  return gateway;
}

await peer({
  async serve(work) {
    if (work === "api-service") {
      const greeter = service({ ...own, name: "go.micro.api.greeter" });
      const body = JSON.stringify({ msg: "Hello John" });
      const header = { "Content-Type": { key: "Content-Type", values: ["application/json"] } };
      greeter.handle("Say.Hello", {}, async () => ({ statusCode: 200, header, body }));
      greeter.run().catch((error) => console.error(error));
      while (greeter.server.address === "") await new Promise((resolve) => setTimeout(resolve, 50));
      return greeter.server.address;
    }
    const handler = work === "proxy" ? "proxy" : "api";
    const workers = work === "workers" ? 2 : 1;
    return (await api(await behind(), { address: "127.0.0.1:0", handler, workers })).address;
  },
  connect: async () => ({}),
});
