import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import { service } from "../../src/service/index.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { freePort } from "../support/free-port.js";
import { startMicro } from "../support/programs/micro.js";

const get = (address: string, path: string) =>
  raw(address, rawRequest("GET", path, [`Host: ${address}`]), 10_000);

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
}

describe("the gateway on several cores", () => {
  it("has one address, one registration and one page of metrics, replaces a worker that dies, and ends as one", async () => {
    await using registry = await agent({ address: "127.0.0.1:0" });
    await using greeter = service({
      name: "go.micro.srv.greeter",
      registry: "consul",
      registryAddress: [registry.address],
      drainDelay: 0,
      argv: [],
      env: {},
    });
    greeter.handle("Say.Hello", {}, async (request) => ({
      msg: `Hello ${(request as { name: string }).name}`,
    }));
    const stop = new AbortController();
    const running = greeter.run({ signal: stop.signal });
    const address = `127.0.0.1:${await freePort()}`;
    const flags = ["--workers", "2", "--api_address", address, "--registry_address", registry.address];
    await using micro = startMicro(["api", ...flags, "--drain_delay", "0s"]);
    await eventually("ready", async () => (await get(address, "/health/ready")).status === 200);

    const body = '{"service":"go.micro.srv.greeter","method":"Say.Hello","request":{"name":"John"}}';
    const headers = [`Host: ${address}`, "Content-Type: application/json", `Content-Length: ${body.length}`];
    const call = async () => (await raw(address, rawRequest("POST", "/rpc", headers, body), 10_000)).status;
    await eventually("the greeter answers", async () => (await call()) === 200);
    const counted = async () => {
      const { body: page } = await get(address, "/metrics");
      return Number(/target="go.micro.srv.greeter",method="POST",code="200"\} (\d+)/.exec(page)?.[1] ?? 0);
    };
    const before = await counted();
    for (let i = 0; i < 20; i++) assert.equal(await call(), 200);
    assert.equal((await counted()) - before, 20);

    const nodes = await raw(
      registry.address,
      rawRequest("GET", "/v1/health/service/go.micro.api", [`Host: ${registry.address}`]),
    );
    assert.equal(JSON.parse(nodes.body).length, 1);

    const workers = async () => {
      const children = await readFile(`/proc/${micro.pid}/task/${micro.pid}/children`, "utf8");
      return children.trim().split(" ").map(Number);
    };
    const [first = 0, ...others] = await workers();
    process.kill(first, "SIGKILL");
    await eventually("the worker is replaced", async () => {
      const now = await workers();
      return now.length === 1 + others.length && !now.includes(first);
    });
    await eventually("the new one serves", async () => (await call()) === 200);

    micro.child.kill("SIGTERM");
    assert.equal(await micro.exited(), 0);
    await assert.rejects(get(address, "/health/live").then(({ status }) => assert.equal(status, 200)));
    stop.abort();
    await running;
  });
});
