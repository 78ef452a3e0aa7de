import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { agent } from "../../src/agent/index.js";
import { api } from "../../src/api/index.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { openRegistry } from "../../src/registry/index.js";
import { service } from "../../src/service/index.js";
import { needs } from "../support/needs.js";
import { startConsul } from "../support/servers/consul.js";

/** A gateway on the registry at `registry`, and a way to put an entry for `address` beside it. */
async function gatewayOn(registry: string, listen = "127.0.0.1:0") {
  const own = service({
    name: "go.micro.api",
    registryAddress: [registry],
    argv: [],
    env: {},
    drainDelay: 0,
  });
  const http = await api(own, { address: listen, handler: "proxy" });
  const entries = await openRegistry("consul", { addresses: [registry] });
  const enter = async (name: string, host: string, port: number) => {
    const nodes = [{ id: `${name}-1`, address: host, port, metadata: {} }];
    const entry = { name: `go.micro.api.${name}`, version: "1", metadata: {}, endpoints: [], nodes };
    await entries.register(entry, { ttl: 30_000 });
  };
  const close = async () => {
    await http.close();
    await own.close();
    await entries.close();
  };
  return { http, own, enter, close };
}

function portOf({ address }: Pick<HttpServer, "address">): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** How a WebSocket was refused. */
function refusal(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.on("unexpected-response", (_, { statusCode = 0 }) => {
      resolve(statusCode);
      socket.terminate();
    });
    socket.on("open", () => reject(new Error("tunnelled")));
    socket.on("error", () => {});
  });
}

describe("T1: the relay", () => {
  it("does not reach the programs of its own process, nor their registry", async () => {
    await using registry = await agent({ address: "127.0.0.1:0" });
    const gateway = await gatewayOn(registry.address);
    for (const [name, to] of Object.entries({ self: gateway.http, agent: registry }))
      for (const [i, host] of ["127.0.0.1", "localhost", "127.1", "::ffff:127.0.0.1"].entries()) {
        await gateway.enter(`${name}${i}`, host, portOf(to));
        const url = `${gateway.http.url}/${name}${i}/v1/agent/self`;
        assert.equal(
          (await fetch(url, { signal: AbortSignal.timeout(5000) })).status,
          502,
          `${name} ${host}`,
        );
        assert.equal(await refusal(url), 502, `${name} ${host}`);
      }
    await gateway.close();
  });

  it("knows its own port by every address of the machine where it listens on all", async () => {
    await using registry = await agent({ address: "127.0.0.1:0" });
    const gateway = await gatewayOn(registry.address, "0.0.0.0:0");
    await gateway.enter("self", "127.3.2.1", portOf(gateway.http));
    const own = gateway.http.url;
    assert.equal((await fetch(`${own}/self/x`, { signal: AbortSignal.timeout(5000) })).status, 502);
    await gateway.close();
  });

  it("does not reach a Consul that is the registry", needs("consul"), async () => {
    await using consul = await startConsul();
    const gateway = await gatewayOn(consul.address);
    const port = Number(consul.address.split(":")[1]);
    for (const [i, host] of ["127.0.0.1", "localhost", "::ffff:127.0.0.1"].entries()) {
      await gateway.enter(`consul${i}`, host, port);
      assert.equal((await fetch(`${gateway.http.url}/consul${i}/v1/agent/self`)).status, 502, host);
    }
    await gateway.close();
  });

  it("reaches a service of its own process, by its port, and names that in Host", async () => {
    await using registry = await agent({ address: "127.0.0.1:0" });
    const gateway = await gatewayOn(registry.address);
    await gateway.own.start();
    const { host, port } = { host: "127.0.0.1", port: portOf(gateway.own.server) };
    await gateway.enter("rpc", host, port);
    const answer = await fetch(`${gateway.http.url}/rpc/x`);
    assert.notEqual(answer.status, 502);
    await gateway.close();
  });
});
