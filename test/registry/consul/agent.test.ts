import { after, before, describe } from "node:test";
import { agent } from "../../../src/agent/index.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";
import { registrySuite } from "../../../src/testing/registry/registry.js";

describe("consul at the embedded agent", () => {
  let server: HttpServer;
  before(async () => {
    server = await agent({ address: "127.0.0.1:0" });
  });
  after(() => server.close());

  registrySuite("micro agent", async () => new ConsulRegistry({ addresses: [server.address] }, {}));
});
