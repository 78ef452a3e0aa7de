import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { agent } from "../../../src/agent/index.js";
import type { Check } from "../../../src/cli/doctor/checks.js";
import { diagnose } from "../../../src/cli/doctor/diagnosis.js";
import { explain } from "../../../src/cli/doctor/explanation.js";
import type { CallFlags } from "../../../src/cli/target/call-flags.js";
import type { Service } from "../../../src/core/service.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";

const name = "go.micro.srv.greeter";
const never = new AbortController().signal;

describe("nodes that no call reaches", () => {
  let registryServer: HttpServer;
  let registry: ConsulRegistry;
  const peer = createServer((socket) => socket.destroy());
  let port: number;

  before(async () => {
    registryServer = await agent({ address: "127.0.0.1:0" });
    registry = new ConsulRegistry({ addresses: [registryServer.address] }, {});
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    ({ port } = peer.address() as AddressInfo);
  });

  after(async () => {
    await registry.close();
    await registryServer.close();
    peer.close();
  });

  const flags = (more: Partial<CallFlags> = {}) =>
    ({ registry: "consul", registry_address: [registryServer.address], ...more }) as CallFlags;

  function version(of: string, number: string, ids: readonly string[], methods: readonly string[]): Service {
    const endpoints = methods.map((method) => ({
      name: method,
      request: null,
      response: null,
      metadata: {},
    }));
    const nodes = ids.map((id) => ({ id, address: "127.0.0.1", port, metadata: {} }));
    return { name: of, version: number, metadata: {}, endpoints, nodes };
  }

  async function critical(id: string): Promise<void> {
    const url = `http://${registryServer.address}/v1/agent/check/fail/service:${id}`;
    assert.equal((await fetch(url, { method: "PUT" })).status, 200);
  }

  async function all(steps: AsyncIterable<Check>): Promise<Map<string, Check>> {
    const found = new Map<string, Check>();
    for await (const step of steps) found.set(step.id, step);
    return found;
  }

  const doctor = () => all(diagnose(flags(), () => {}, never));

  function explained(service: string, more: Partial<CallFlags> = {}) {
    const parts = { registry, client: assert.fail, broker: assert.fail, async [Symbol.asyncDispose]() {} };
    const lookup = { registry, signal: never, registryLabel: "consul" };
    const target = { service, method: "Say.Hello", body: "{}" };
    return all(explain(target, { parts, lookup, flags: flags(more), dryRun: true }));
  }

  it("are named by doctor when they are critical, and asked as the others are", async () => {
    await registry.register(version(name, "1.0.0", ["g1", "g2", "g3"], ["Say.Hello"]), { ttl: 60_000 });
    assert.equal((await doctor()).get("critical")?.ok, true);
    await critical("g2");
    const checks = await doctor();
    const check = checks.get("critical");
    assert.equal(check?.ok, false);
    assert.match(check?.detail ?? "", /^1 of 3 nodes is critical: g2 of go\.micro\.srv\.greeter$/);
    assert.match(check?.hint ?? "", /micro health go\.micro\.srv\.greeter/);
    assert.match(checks.get("nodes")?.detail ?? "", /^3 nodes can be reached/);
    for (const id of ["g1", "g3"]) await critical(id);
    assert.match(
      (await doctor()).get("critical")?.detail ?? "",
      /^3 of 3 nodes are critical: g1, g2, g3 of /,
    );
  });

  it("are named by explain, with the reason, and counted by no later step", async () => {
    const mixed = "go.micro.srv.mixed";
    await registry.register(version(mixed, "1.0.0", ["m1", "m2"], ["Say.Hello"]), { ttl: 60_000 });
    await registry.register(version(mixed, "2.0.0", ["m3"], ["Say.Bye"]), { ttl: 60_000 });
    await critical("m2");
    const steps = await explained(mixed);
    assert.match(
      steps.get("nodes")?.detail ?? "",
      /^1 of 3 nodes get calls; left out: m2 \(critical\), m3 \(version 2\.0\.0 has no Say\.Hello\)$/,
    );
    assert.equal(steps.get("selector")?.detail, "cache of 1");
    assert.match(steps.get("dial")?.detail ?? "", /^m1 [^,]* answers$/);
    const chosen = await explained(mixed, { node: "m3" });
    assert.match(chosen.get("nodes")?.detail ?? "", /left out: m2 \(critical\), m1 \(not --node m3\)$/);
  });

  it("are not known behind a sidecar, and the steps say so", async () => {
    const listed = "go.micro.srv.listed";
    await registry.register(version(listed, "1.0.0", ["l1"], ["Say.Hello"]), { ttl: 60_000 });
    const steps = await explained(listed, { proxy_address: "127.0.0.1:1" });
    assert.match(steps.get("nodes")?.detail ?? "", /; critical ones are not visible behind the sidecar$/);
  });

  it("are none when all are critical: explain says that all get calls all the same", async () => {
    const down = "go.micro.srv.down";
    await registry.register(version(down, "1.0.0", ["d1", "d2"], ["Say.Hello"]), { ttl: 60_000 });
    for (const id of ["d1", "d2"]) await critical(id);
    const steps = await explained(down);
    assert.equal(steps.get("nodes")?.detail, "all 2 nodes are critical, and get calls all the same: d1, d2");
    assert.equal(steps.get("selector")?.detail, "cache of 2");
  });
});
