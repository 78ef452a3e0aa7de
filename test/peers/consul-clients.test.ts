import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Consul from "consul";
import { agent } from "../../src/agent/index.js";
import { parseAddress } from "../../src/core/net/address.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { ask } from "../support/ask.js";

const external = {
  Node: "printer",
  Address: "10.0.0.9",
  NodeMeta: { "external-node": "true" },
  Service: { ID: "p1", Service: "printer", Port: 631, Tags: ["lp"] },
};

/** The requests that each program sends. Source: its code, see the comment of each. */
const programs: Readonly<
  Record<string, readonly (readonly [method: string, path: string, body?: unknown])[]>
> = {
  // discovery/consul/consul.go: names by filter or node metadata, then each name's instances.
  Prometheus: [
    ["GET", "/v1/agent/self"],
    ["GET", "/v1/catalog/services?dc=dc1&index=0&stale=&wait=120000ms"],
    ["GET", "/v1/catalog/services?dc=dc1&filter=ServiceName+%3D%3D+%22printer%22&stale="],
    ["GET", "/v1/catalog/services?node-meta=external-node%3Atrue&stale="],
    ["GET", "/v1/health/service/printer?dc=dc1&stale=&wait=120000ms&tag=lp"],
    ["GET", "/v1/health/service/printer?filter=Node.Meta.rack+%3D%3D+%22a%22"],
  ],
  // pkg/provider/consulcatalog: names, then the healthy instances of each; `warning` counts as healthy.
  Traefik: [
    ["GET", "/v1/catalog/services?dc=dc1&filter=&stale="],
    ["GET", "/v1/health/service/printer?dc=dc1&passing=1&stale="],
    ["GET", "/v1/health/state/any?stale="],
    ["GET", "/v1/catalog/service/printer?stale="],
  ],
  // registry/consul: its own service with a check, all checks, instances, and routes by hand in the key-value store.
  fabio: [
    ["GET", "/v1/agent/self"],
    [
      "PUT",
      "/v1/agent/service/register",
      { ID: "fabio-1", Name: "fabio", Port: 9998, Tags: [], Check: { TTL: "10s" } },
    ],
    ["PUT", "/v1/agent/check/update/service:fabio-1", { Status: "passing", Output: "" }],
    ["GET", "/v1/health/state/any?index=0&wait=0ms"],
    ["GET", "/v1/catalog/service/printer"],
    ["GET", "/v1/agent/service/fabio-1"],
    ["PUT", "/v1/agent/service/deregister/fabio-1"],
  ],
  // consul/consul.go: is it there, register, refresh, list what is left of containers that are gone.
  registrator: [
    ["GET", "/v1/status/leader"],
    [
      "PUT",
      "/v1/agent/service/register",
      { ID: "host:redis:6379", Name: "redis", Port: 6379, Address: "10.0.0.5", Check: { TTL: "30s" } },
    ],
    ["PUT", "/v1/agent/check/pass/service:host:redis:6379?note="],
    ["GET", "/v1/agent/services"],
    ["PUT", "/v1/agent/service/deregister/host:redis:6379"],
  ],
};

describe("programs that use Consul, at the embedded registry", () => {
  let registry: HttpServer;
  before(async () => {
    registry = await agent({ address: "127.0.0.1:0", nodeName: "here" });
    const { code } = await ask(`http://${registry.address}`, "PUT", "/v1/catalog/register", external);
    assert.equal(code, 200);
  });
  after(() => registry.close());

  for (const [program, requests] of Object.entries(programs))
    it(`answers what ${program} asks`, async () => {
      for (const [method, path, body] of requests) {
        const { code, text } = await ask(`http://${registry.address}`, method, path, body);
        assert.equal(code, 200, `${method} ${path}: ${code} ${text}`);
      }
    });

  it("tells fabio that no key is there, with an index to wait on, and lets it wait", async () => {
    const base = `http://${registry.address}`;
    const { code, headers } = await ask(base, "GET", "/v1/kv/fabio/config?recurse=&consistent=");
    assert.equal(code, 404);
    const index = String(headers["x-consul-index"]);
    assert.match(index, /^[1-9]\d*$/);
    const again = await ask(base, "GET", `/v1/kv/fabio/config?recurse=&index=${index}&wait=100ms`);
    assert.equal(again.headers["x-consul-index"], index);
  });

  it("serves node-consul", async () => {
    const { host, port } = parseAddress(registry.address);
    const client = new Consul({ host, port });
    await client.agent.service.register({
      name: "js",
      id: "js-1",
      port: 3000,
      check: { name: "ttl", ttl: "30s", timeout: "1s" },
    });
    await client.agent.check.pass("service:js-1");
    await client.agent.service.maintenance({ id: "js-1", enable: true, reason: "repair" });
    const checks = await client.agent.checks();
    assert.equal(checks["_service_maintenance:js-1"]?.Notes, "repair");
    await client.agent.service.maintenance({ id: "js-1", enable: false });
    await client.catalog.register({
      node: "scanner",
      address: "10.0.0.8",
      service: { service: "scan", id: "s1" },
    });
    assert.deepEqual(Object.keys(await client.catalog.services()).sort(), ["js", "printer", "scan"]);
    assert.deepEqual(
      (await client.catalog.node.list()).map(({ Node }: { Node: string }) => Node),
      ["here", "printer", "scanner"],
    );
    const [found] = await client.health.service({ service: "js", passing: true });
    assert.equal(found?.Service.Port, 3000);
    await client.catalog.deregister({ node: "scanner" });
    await client.agent.service.deregister("js-1");
    assert.deepEqual(Object.keys(await client.catalog.services()), ["printer"]);
  });
});
