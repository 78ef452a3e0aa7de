import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import { readEntries } from "../../src/registry/consul/entries/health-response.js";
import { parseNodeValue } from "../../src/registry/etcd/keys.js";
import { RejectedEntries, type RejectedEntry } from "../../src/registry/wire/rejected-entries.js";
import { CapturedLog } from "../support/captured-log.js";
import { MovedClock } from "../support/moved-clock.js";

const origin = { node: "here", local: true };
const text = "registry entry ignored: no call reaches its node";

describe("an entry of the registry that cannot be used", () => {
  it("is reported by Consul's reader, with the reason, unless another kind of program registered it", () => {
    const rejected: RejectedEntry[] = [];
    const entry = (ID: unknown, Port: unknown, Tags = ["v=1.0.0"], Service: unknown = "app") => ({
      Service: { Service, ID, Port, Tags, Address: "127.0.0.1" },
      Node: {},
      Checks: [],
    });
    const body = [
      entry("ok", 80),
      entry("far", 70_000),
      entry("odd", { toString: 1 }),
      entry("", 80),
      entry("db", 70_000, []),
      7,
    ];
    assert.deepEqual(
      readEntries(body, origin, (each) => rejected.push(each)).map(({ node }) => node.id),
      ["ok"],
    );
    assert.deepEqual(rejected, [
      { service: "app", node: "far", why: "port 70000 is not a port" },
      { service: "app", node: "odd", why: 'port {"toString":1} is not a port' },
      { service: "app", node: "", why: "no id" },
    ]);
  });

  for (const [what, value, why] of [
    ["no JSON", "{", /^not a service: /],
    ["no service", '{"nodes":[]}', /no name/],
    ["no node", '{"name":"app"}', /no node with an id and a port/],
    [
      "a port out of range",
      '{"name":"app","nodes":[{"id":"a","port":70000}]}',
      /no node with an id and a port/,
    ],
    ["too large a value", " ".repeat(1024 * 1024 + 1), /more than 1048576 bytes/],
  ] as const)
    it(`is reported by etcd's reader: ${what}`, () => {
      const reasons: string[] = [];
      const options = { leased: true, local: true, rejected: (reason: string) => reasons.push(reason) };
      assert.deepEqual(parseNodeValue(Buffer.from(value), options), []);
      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? "", why);
    });

  it("has one line in the log of the service that reads it, however often it is read", async () => {
    await using server = await agent({ address: "127.0.0.1:0" });
    const log = new CapturedLog();
    await using registry = new ConsulRegistry({ addresses: [server.address], log }, {});
    const body = { ID: "bad", Name: "app", Port: -1, Tags: ["v=1.0.0"] };
    const put = { method: "PUT", body: JSON.stringify(body) };
    assert.equal((await fetch(`http://${server.address}/v1/agent/service/register`, put)).status, 200);
    for (let i = 0; i < 3; i++) await assert.rejects(registry.getService("app"), { code: 404 });
    assert.deepEqual(log.warnings, [
      { service: "app", node: "bad", why: "port -1 is not a port", message: text },
    ]);
  });

  it("has no line beyond 20 at once and one in 10 s, and is escaped and cut there", async () => {
    const [log, clock] = [new CapturedLog(), new MovedClock()];
    const { report } = new RejectedEntries(log, clock);
    report({ service: "a\u001b[31m\u202eb", node: "x".repeat(1000), why: "\n" });
    assert.equal(log.warnings[0]?.service, "a\\u001b[31m\\u202eb");
    assert.equal(log.warnings[0]?.node, `${"x".repeat(200)}...`);
    for (let i = 0; i < 5000; i++) report({ service: "app", node: `n${i}`, why: "no port" });
    assert.equal(log.warnings.length, 20);
    await clock.pass(30_000);
    for (let i = 0; i < 5000; i++) report({ service: "app", node: `n${i}`, why: "no port" });
    assert.equal(log.warnings.length, 23);
    assert.equal(new Set(log.warnings.map(({ node }) => node)).size, 23);
  });
});
