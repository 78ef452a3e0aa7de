import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import { type Answer, ask } from "../support/ask.js";

const open = () => agent({ address: "127.0.0.1:0" });

describe("the embedded agent", () => {
  it("removes a service after it has been critical for its deregistration time", async () => {
    await using server = await open();
    const check = { TTL: "100ms", DeregisterCriticalServiceAfter: "300ms" };
    const registered = { Name: "reaped", Check: check };
    assert.equal((await ask(server.url, "PUT", "/v1/agent/service/register", registered)).code, 200);
    let list = await ask(server.url, "GET", "/v1/catalog/services");
    // on a busy machine it may be gone before the first answer
    while ("reaped" in Object(list.json))
      list = await ask(server.url, "GET", `/v1/catalog/services?index=${list.headers["x-consul-index"]}`);
    assert.deepEqual(list.json, {});
    assert.deepEqual((await ask(server.url, "GET", "/v1/agent/checks")).json, {});
  });

  it("keeps a service that reports in time", async () => {
    await using server = await open();
    const check = { TTL: "1s", DeregisterCriticalServiceAfter: "100ms", Status: "passing" };
    await ask(server.url, "PUT", "/v1/agent/service/register", { Name: "kept", Check: check });
    for (let i = 0; i < 8; i++) {
      await ask(server.url, "PUT", "/v1/agent/check/pass/service:kept");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.equal((await ask(server.url, "GET", "/v1/agent/health/service/id/kept")).code, 200);
  });

  it("answers at once when a client's index is higher than its own, as after a restart", async () => {
    await using server = await open();
    const answer = await ask(server.url, "GET", "/v1/catalog/services?index=999999&wait=5m");
    assert.ok(Number(answer.headers["x-consul-index"]) < 999_999);
  });

  it("wakes only queries on a node, or on services of that node, when the node changes", async () => {
    await using server = await open();
    const node = (Address: string, NodeMeta: object, Service?: object) =>
      ask(server.url, "PUT", "/v1/catalog/register", { Node: "far", Address, NodeMeta, Service });
    await node("10.0.0.1", { zone: "a" }, { Service: "web" });
    const byFilter = `filter=${encodeURIComponent('NodeMeta.zone == "b"')}`;
    const paths = ["node/far?", "services?node-meta=zone:b", `services?${byFilter}`, "services?wait=300ms"];
    const indexOf = ({ headers }: Answer) => headers["x-consul-index"];
    const seen = await Promise.all(paths.map((path) => ask(server.url, "GET", `/v1/catalog/${path}`)));
    const waits = paths.map((path, n) =>
      ask(server.url, "GET", `/v1/catalog/${path}&index=${indexOf(seen[n] as Answer)}`),
    );
    await node("10.0.0.2", { zone: "b" });
    const answers = await Promise.all(waits);
    assert.deepEqual(
      answers.map((answer, n) => indexOf(answer) !== indexOf(seen[n] as Answer)),
      [true, true, true, false],
    );
    const [one, ...lists] = answers.map(({ json }) => json);
    assert.equal((one as { Node: { Address: string } }).Node.Address, "10.0.0.2");
    assert.deepEqual(lists.slice(0, 2), [{ web: [] }, { web: [] }]);
  });

  it("answers blocking queries when it stops", async () => {
    const server = await open();
    const { headers } = await ask(server.url, "GET", "/v1/health/service/web");
    const blocked = ask(server.url, "GET", `/v1/health/service/web?index=${headers["x-consul-index"]}`);
    await ask(server.url, "GET", "/v1/status/leader");
    await server.close();
    assert.equal((await blocked).code, 200);
  });

  it("reports which registry already listens at its address", async () => {
    await using first = await open();
    const message = `listen on ${first.address}: a micro agent (node here) already answers there`;
    await using named = await agent({ address: "127.0.0.1:0", nodeName: "here" });
    await assert.rejects(agent({ address: named.address }), {
      message: message.replace(first.address, named.address),
      reason: "ADDRESS_IN_USE",
    });
  });

  it("reports that something other than a registry listens at its address", async () => {
    const other = createServer((_, response) => response.end("hello"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    await assert.rejects(agent({ address: `127.0.0.1:${port}` }), { reason: "ADDRESS_IN_USE" });
    other.close();
  });

  it("requires its token, as Bearer or in Consul's header", async () => {
    const value = "0123456789abcdef0123456789abcdef";
    await using server = await agent({ address: "127.0.0.1:0", token: { value } });
    assert.equal((await ask(server.url, "GET", "/v1/catalog/services")).code, 401);
    const headers = { "X-Consul-Token": value };
    assert.equal((await ask(server.url, "GET", "/v1/catalog/services", undefined, headers)).code, 200);
    const bearer = { Authorization: `Bearer ${value}` };
    assert.equal((await ask(server.url, "GET", "/v1/catalog/services", undefined, bearer)).code, 200);
  });

  it("does not check addresses that no service can have", async () => {
    await using server = await open();
    const check = { HTTP: "http://169.254.169.254/latest/meta-data/", Interval: "1s" };
    await ask(server.url, "PUT", "/v1/agent/service/register", { Name: "cloud", Check: check });
    const look = () => ask(server.url, "GET", "/v1/agent/checks");
    const end = performance.now() + 10_000;
    let output = "";
    while (output === "" && performance.now() < end) {
      const { json } = await look();
      output = (json as Record<string, { Output: string }>)["service:cloud"]?.Output ?? "";
    }
    assert.match(output, /no node can be there/);
  });

  it("refuses what is out of bounds", async () => {
    await using server = await open();
    const register = (body: unknown) => ask(server.url, "PUT", "/v1/agent/service/register", body);
    assert.equal((await register({ Name: "x".repeat(513) })).code, 400);
    assert.equal((await register({ Name: "x".repeat(512) })).code, 200);
    assert.equal((await register({ Name: "x", Tags: Array.from({ length: 2001 }, String) })).code, 400);
    assert.equal((await register({ Name: "x", Tags: ["x".repeat(5_000_000)] })).code, 413);
    assert.equal((await register('{"Name":"x","__proto__":{"polluted":true}}')).code, 200);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  const folder = new URL("../fixtures/consul/", import.meta.url);
  const recorded = readdirSync(folder).filter((file) => file.startsWith("register-"));
  for (const file of recorded)
    it(`accepts recorded requests of Go services: ${file}`, async () => {
      await using server = await open();
      const { connections } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Recording;
      for (const { sent, answered } of connections.flatMap(({ messages }) => exchanges(messages))) {
        const { code } = await ask(server.url, sent.method, sent.path, sent.body);
        assert.equal(code, answered, `${sent.method} ${sent.path}`);
      }
    });
});

interface Recording {
  readonly connections: readonly { readonly messages: readonly Recorded[] }[];
}
interface Recorded {
  readonly dir: string;
  readonly text?: string;
  readonly head?: string;
}

/** Each request with the status that it was answered. */
function exchanges(messages: readonly Recorded[]) {
  const requests = messages
    .filter(({ dir, text }) => dir === "c2s" && text)
    .map(({ text = "" }) => request(text));
  const statuses = messages
    .filter(({ dir }) => dir === "s2c")
    .flatMap(({ text, head = "" }) =>
      [...(text ?? head).matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => Number(code)),
    );
  return requests.map((sent, i) => ({ sent, answered: statuses[i] }));
}

function request(text: string) {
  const [head = "", body] = text.split("\r\n\r\n");
  const [method = "", path = ""] = head.split(" ");
  return { method, path, body };
}
