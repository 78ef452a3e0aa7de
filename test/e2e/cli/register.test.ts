import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { sidecar } from "../../../src/sidecar/index.js";
import { matchesSchema } from "../../support/json-schema.js";
import { micro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const field = (name: string, type: string, values: object[] = []) => ({ name, type, values });
const request = field("Request", "Request", [
  field("userId", "string"),
  field("items", "[]Item", [field("Item", "Item", [field("FullName", "string")])]),
]);

/** Two versions of a service, with all that the registry can hold. */
const definitions = (name: string) =>
  ["1.0.0", "2.0.0"].map((version) => ({
    name,
    version,
    endpoints: [
      {
        name: "A.Call",
        request,
        response: field("Response", "Response"),
        metadata: { path: "/a", stream: "false" },
      },
      { name: "A.Empty", request: null, response: null, metadata: {} },
    ],
    nodes: ["x", "y"].map((id) => ({
      ...{ id: `${name}-${version}-${id}`, address: "10.0.0.1", port: 7001 },
      metadata: { protocol: "mucp", "Mixed-Case": "é=1" },
    })),
  }));

describe("what get service prints", () => {
  let system: System;
  let beside: Awaited<ReturnType<typeof sidecar>>;
  const ways: Record<string, string> = {};

  before(async () => {
    system = await System.open();
    beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
    ways.directly = `--registry_address=${system.registry}`;
    ways["through a sidecar"] = `--proxy_address=${beside.address}`;
  });

  after(async () => {
    await beside.close();
    await system[Symbol.asyncDispose]();
  });

  for (const way of ["directly", "through a sidecar"]) {
    const where = () => ways[way] ?? "";

    it(`is taken by register and deregister ${way}, and nothing of it is dropped`, async () => {
      const name = `round.${way[0]}`;
      const text = JSON.stringify(definitions(name));
      const first = await micro(["register", "service", "-", where(), "--json"], { input: text });
      assert.deepEqual([first.code, first.stderr], [0, ""], first.stdout);
      await matchesSchema(JSON.parse(first.stdout), "register-service");
      const got = await micro(["get", "service", name, where(), "--json"]);
      for (const [index, definition] of definitions(name).entries()) {
        const { endpoints, nodes } = JSON.parse(got.stdout, (key, value) =>
          key === "schema" || key === "status" ? undefined : value,
        )[index];
        assert.deepEqual(endpoints, definition.endpoints);
        assert.deepEqual(nodes, definition.nodes);
      }
      const gone = await micro(["deregister", "service", "-", where(), "--json"], { input: got.stdout });
      await matchesSchema(JSON.parse(gone.stdout), "deregister-service");
      assert.equal((await micro(["get", "service", name, where()])).code, 3);
      const again = await micro(["register", "service", "-", where()], { input: got.stdout });
      assert.deepEqual([again.code, again.stdout, again.stderr], [0, "ok\n", ""]);
      assert.equal((await micro(["get", "service", name, where(), "--json"])).stdout, got.stdout);
    });

    it(`of a live service is taken as it is, ${way}`, async () => {
      const name = `live.${way[0]}`;
      const made = system.service(name, { version: "1.0.0" });
      const types = { request: z.object({ userId: z.string(), list: z.array(z.int()) }) };
      made.handle("Live.Call", { ...types, metadata: { idempotent: "true" } }, async () => ({}));
      await made.start();
      const got = await micro(["get", "service", name, where(), "--json"]);
      const taken = await micro(["register", "service", "-", where()], { input: got.stdout });
      assert.deepEqual([taken.code, taken.stderr], [0, ""]);
      assert.equal((await micro(["get", "service", name, where(), "--json"])).stdout, got.stdout);
    });
  }

  it("is told from what means nothing, and from what is no definition", async () => {
    const register = (text: string) => micro(["register", "service", text, ways.directly ?? ""]);
    const node = '"nodes":[{"id":"a","port":1}]';
    const extra = await register(`{"Name":"extra","Nodes":[{"ID":"a","Port":1,"Zone":"x"}],"colour":"red"}`);
    assert.deepEqual([extra.code, extra.stderr], [0, "ignored: colour, Zone\n"]);
    for (const [text, message] of [
      ["[]", /the list has no definition/],
      [`[{"name":"a",${node}},{"name":"b"}]`, /service "b": require at least one node/],
      [`{"name":"a",${node},"endpoints":{}}`, /endpoints is not a list/],
      [`{"name":"a",${node},"endpoints":[{}]}`, /endpoints\[0\] has no name/],
      [
        `{"name":"a",${node},"endpoints":[{"name":"A.B","request":"x"}]}`,
        /endpoints\[0\]\.request is not an object/,
      ],
      [`{"name":"a","version":1,"nodes":[{"id":"a"}]}`, /version is not a string/],
      [`{"name":"a","nodes":[{"id":"a","address":1}]}`, /nodes\[0\]\.address is not a string/],
      [`{"name":"a","nodes":[{"id":"a","metadata":{"x":{}}}]}`, /nodes\[0\]\.metadata\.x is not a string/],
      [`{"name":"a","nodes":[{"id":"a","metadata":[1]}]}`, /nodes\[0\]\.metadata is not an object/],
    ] as const) {
      const { code, stderr } = await register(text);
      assert.equal(code, 4, text);
      assert.match(stderr, message);
    }
  });
});
