import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { api } from "../../src/api/index.js";
import { sidecar } from "../../src/sidecar/index.js";
import { System } from "../support/programs/system.js";

const name = "go.micro.srv.null";

describe("a handler that returns null", () => {
  let system: System;
  let address: string;
  const closing: { close(): Promise<void> }[] = [];

  before(async () => {
    system = await System.open();
    const service = system.service(name);
    service.handle("Say.Null", {}, async () => null);
    service.handle("Say.Nothing", {}, async () => undefined);
    await service.start();
    const [found] = await service.registry.getService(name);
    const node = found?.nodes[0];
    address = `${node?.address}:${node?.port}`;
  });

  after(async () => {
    for (const each of closing) await each.close();
    await system[Symbol.asyncDispose]();
  });

  it("returns null to clients of this toolkit, and undefined as {}", async () => {
    const client = system.service("go.micro.cli").client;
    assert.equal(await client.call(name, "Say.Null", {}), null);
    assert.deepEqual(await client.call(name, "Say.Nothing", null), {});
  });

  it("answers {} on the wire of 2016, whose clients end their process over null", async () => {
    const headers = { "Content-Type": "application/json" };
    const body = '{"method":"Say.Null","params":[null],"id":7}';
    const answer = await fetch(`http://${address}/`, { method: "POST", headers, body });
    assert.deepEqual(await answer.json(), { id: 7, result: {}, error: null });
  });

  for (const [program, open] of [
    ["gateway", () => api(system.service("go.micro.api"), { address: "127.0.0.1:0" })],
    ["sidecar", () => sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" })],
  ] as const)
    it(`answers null through /rpc of the ${program}`, async () => {
      const server = await open();
      closing.push(server);
      const body = JSON.stringify({ service: name, method: "Say.Null", request: null });
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(`http://${server.address}/rpc`, { method: "POST", headers, body });
      assert.equal(await answer.text(), "null");
    });
});
