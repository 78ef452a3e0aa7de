import assert from "node:assert/strict";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { unavailable } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { ask } from "../support/ask.js";
import { openSidecar, ownService } from "./open-sidecar.js";

const foo = {
  name: "foo",
  version: "1",
  nodes: [{ id: "foo-1", address: "10.0.0.1", port: 80, metadata: { a: "b" } }],
};

describe("the sidecar's /registry", () => {
  it("registers, lists, gets and deregisters, in the JSON of Go programs", async () => {
    await using server = await openSidecar();
    assert.equal((await ask(server.url, "POST", "/registry", foo)).code, 200);
    const nothing = { metadata: null, endpoints: null };
    assert.deepEqual((await ask(server.url, "GET", "/registry")).json, [
      { name: "foo", version: "", ...nothing, nodes: null },
    ]);
    assert.deepEqual((await ask(server.url, "GET", "/registry?service=foo")).json, [{ ...foo, ...nothing }]);
    assert.equal(
      (await ask(server.url, "DELETE", "/registry", { Name: "foo", Nodes: [{ Id: "foo-1" }] })).code,
      200,
    );
    const gone = await ask(server.url, "GET", "/registry?service=foo");
    assert.equal(gone.code, 404);
    assert.deepEqual(gone.json, {
      id: "go.micro.registry",
      code: 404,
      detail: "Service not found",
      status: "Not Found",
    });
  });

  it("accepts a ttl, after which the entry is gone unless renewed", async () => {
    await using server = await openSidecar();
    assert.equal((await ask(server.url, "POST", "/registry?ttl=1s", foo)).code, 200);
    assert.equal((await ask(server.url, "GET", "/registry?service=foo")).code, 200);
    const end = performance.now() + 20_000;
    let code = 200;
    while (code === 200 && performance.now() < end)
      ({ code } = await ask(server.url, "GET", "/registry?service=foo"));
    assert.equal(code, 404);
  });

  const many = Object.fromEntries(Array.from({ length: 257 }, (_, at) => [`m${at}`, ""]));
  const refused: readonly (readonly [title: string, path: string, body: unknown, detail: RegExp])[] = [
    ["an invalid ttl", "/registry?ttl=abc", foo, /duration "abc"/],
    ["a ttl that is too short", "/registry?ttl=10ms", foo, /shorter than 1s/],
    ["text that is no JSON", "/registry", "{nope", /parse JSON/],
    ["null", "/registry", "null", /not a JSON object/],
    ["no body", "/registry", "", /parse JSON/],
    ["a list", "/registry", "[]", /not a JSON object/],
    ["a name that no request can have", "/registry", { ...foo, name: "../x" }, /a name is not empty/],
    ["a definition without nodes", "/registry", { name: "foo" }, /Require at least one node/],
    [
      "a port that is a text",
      "/registry",
      { name: "foo", nodes: [{ id: "x", port: "80" }] },
      /nodes\[0\].port/,
    ],
    ["a node without id", "/registry", { name: "foo", nodes: [{ port: 80 }] }, /nodes\[0\]: no id/],
    ...(
      [
        [{ ...foo, metadata: { x: true } }, /: metadata\.x: boolean, not a string$/],
        [{ ...foo, Metadata: { x: { y: "z" } } }, /: metadata\.x: object, not a string$/],
        [{ ...foo, metadata: "x=y" }, /: metadata: not an object$/],
        [
          { ...foo, nodes: [{ id: "x", metadata: { Big: [1] } }] },
          /nodes\[0\]\.metadata\.Big: list, not a string$/,
        ],
        [{ ...foo, nodes: [{ id: "x", address: 1 }] }, /nodes\[0\]\.address: number, not a string$/],
        [{ ...foo, version: 1 }, /: version: number, not a string$/],
        [{ ...foo, endpoints: {} }, /: endpoints: not a list$/],
        [{ ...foo, endpoints: [{ name: 1 }] }, /endpoints\[0\]: no name$/],
        [
          { ...foo, endpoints: [{ name: "A", metadata: { path: 1 } }] },
          /endpoints\[0\]\.metadata\.path: number/,
        ],
        [
          { ...foo, endpoints: [{ name: "A", request: { name: "R", values: [{ name: "f", type: 1 }] } }] },
          /endpoints\[0\]\.request\.values\[0\]\.type: number, not a string$/,
        ],
        [{ ...foo, nodes: [{ id: "x", metadata: many }] }, /nodes\[0\]\.metadata: more than 256 members$/],
        [
          '{"name":"foo","metadata":{"x":12345678901234567890},"nodes":[{"id":"x"}]}',
          /metadata\.x: bigint, not a string$/,
        ],
      ] as const
    ).map(
      ([body, detail]) => [`what it would leave out (${detail.source})`, "/registry", body, detail] as const,
    ),
  ];
  for (const [title, path, body, detail] of refused)
    it(`refuses ${title}, and says why`, async () => {
      await using server = await openSidecar();
      const { code, json } = await ask(server.url, "POST", path, body);
      assert.equal(code, 400);
      assert.match((json as { detail: string }).detail, detail);
    });

  it("treats null as missing, as Go does, and ignores unknown members", async () => {
    await using server = await openSidecar();
    const body =
      '{"name":"foo","version":null,"metadata":null,"endpoints":null,"more":12345678901234567890,"nodes":[{"id":"x","address":null,"metadata":{"a":"b","n":null}}]}';
    assert.equal((await ask(server.url, "POST", "/registry", body)).code, 200);
    const [found] = (await ask(server.url, "GET", "/registry?service=foo")).json as { nodes: object[] }[];
    assert.deepEqual(found?.nodes, [{ id: "x", address: "", port: 0, metadata: { a: "b", n: "" } }]);
  });

  it("finds services by endpoint", async () => {
    await using server = await openSidecar();
    const endpoints = [{ name: "Say.Hello", request: null, response: null, metadata: {} }];
    await ask(server.url, "POST", "/registry", { ...foo, endpoints });
    await ask(server.url, "POST", "/registry", { ...foo, name: "bar", nodes: [{ id: "bar-1", port: 1 }] });
    const found = (await ask(server.url, "GET", "/registry?endpoint=Say.Hello")).json as { name: string }[];
    assert.deepEqual(
      found.map(({ name }) => name),
      ["foo"],
    );
  });

  it("streams changes", async () => {
    await using server = await openSidecar();
    const sent = request(`${server.url}/registry?service=foo`, { headers: { Accept: "text/event-stream" } });
    const lines = await new Promise<AsyncIterator<string>>((resolve, reject) => {
      sent.on("response", (response) => resolve(createInterface(response)[Symbol.asyncIterator]()));
      sent.on("error", reject).end();
    });
    await ask(server.url, "POST", "/registry", foo);
    const events: string[] = [];
    while (!events.includes("event: create")) events.push(String((await lines.next()).value));
    assert.match(
      String((await lines.next()).value),
      /^data: \{"action":"create","service":\{"name":"foo","version":"1"/,
    );
    sent.destroy();
  });

  it("answers from its last known state, with its age, while the registry is unreachable", async () => {
    const registry = new MemoryRegistry();
    await using server = await openSidecar({}, ownService({ registry }));
    await ask(server.url, "POST", "/registry", foo);
    await ask(server.url, "GET", "/registry");
    const known = await ask(server.url, "GET", "/registry?service=foo");
    const away = () =>
      Promise.reject(unavailable("go.micro.registry", "away", { reason: "REGISTRY_UNREACHABLE" }));
    Object.assign(registry, { getService: away, listServices: away });
    const stale = await ask(server.url, "GET", "/registry?service=foo");
    assert.deepEqual(stale.json, known.json);
    assert.match(String(stale.headers["x-micro-registry-stale"]), /^\d+$/);
    assert.equal((await ask(server.url, "GET", "/registry")).code, 200);
    assert.equal((await ask(server.url, "GET", "/registry?service=never-seen")).code, 503);
    const health = (await ask(server.url, "GET", "/health")).json as { registry: { status: string } };
    assert.equal(health.registry.status, "unreachable");
  });
});
