import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { api } from "../../src/api/index.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";
import { sidecar } from "../../src/sidecar/index.js";
import { web } from "../../src/web/index.js";
import { CapturedLog } from "../support/captured-log.js";
import { freePort } from "../support/free-port.js";

const programs: Record<string, (own: MicroService) => Promise<HttpServer>> = {
  api: (own) => api(own, { address: "127.0.0.1:0" }),
  sidecar: (own) => sidecar(own, { address: "127.0.0.1:0" }),
  web: (own) => web(own, { address: "127.0.0.1:0" }),
};

describe("a node that is out", () => {
  for (const [name, open] of Object.entries(programs))
    it(`is in the metrics of ${name} and in the log of its service`, async () => {
      await using registry = new MemoryRegistry();
      const log = new CapturedLog();
      const quick = { registry, broker: "memory", argv: [], env: {}, drainDelay: 0, log } as const;
      await using own = service({ ...quick, name: `go.micro.${name}` });
      const node = {
        id: "gone",
        address: "127.0.0.1",
        port: await freePort(),
        metadata: { protocol: "mucp" },
      };
      const gone = { name: "go.micro.srv.gone", version: "1", metadata: {}, endpoints: [], nodes: [node] };
      await registry.register(gone);
      await using http = await open(own);
      const metrics = async () => (await fetch(`${http.url}/metrics`)).text();
      assert.doesNotMatch(await metrics(), /micro_nodes_out\{/);
      await assert.rejects(own.client.call("go.micro.srv.gone", "Say.Hello", {}), {
        reason: "NODE_UNREACHABLE",
      });
      assert.match(await metrics(), /micro_nodes_out\{service="go.micro.srv.gone"\} 1/);
      const lines = log.warnings.filter(({ message }) => message.startsWith("node is out"));
      assert.deepEqual(
        lines.map((line) => [line.service, line.node]),
        [["go.micro.srv.gone", "gone"]],
      );
    });
});
