import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { serviceTable } from "../../../src/cli/output/service-table.js";
import { serviceText } from "../../../src/cli/output/service-text.js";
import { terminal } from "../../../src/cli/output/terminal.js";
import { healthText, listText } from "../../../src/cli/target/service-list.js";
import type { Service, Value } from "../../../src/core/service.js";
import { wireEndpoints } from "../../../src/core/text/field-names.js";
import { valueSchema } from "../../../src/core/text/value-schema.js";

const transcripts: { name: string; stdout: string }[] = JSON.parse(
  readFileSync(new URL("../../fixtures/cli/transcripts.json", import.meta.url), "utf8"),
);

function recorded(name: string): string {
  return transcripts.find((transcript) => transcript.name === name)?.stdout ?? "";
}

function value(name: string, type: string, ...values: Value[]): Value {
  return { name, type, values };
}

const multi = {
  name: "wire.multi",
  metadata: {},
  endpoints: [
    {
      name: "Nested.Call",
      metadata: {},
      request: value(
        "Request",
        "Request",
        value("FullName", "string"),
        value("Inner", "Inner", value("ID", "string"), value("Deeper", "Deeper")),
        value("List", "[]string", value("string", "string")),
      ),
      response: value("Response", "Response"),
    },
  ],
};

const versions: Service[] = [
  {
    ...multi,
    version: "1.0.0",
    nodes: [
      { id: "wire.multi-m2", address: "10.0.0.12", port: 1112, metadata: { protocol: "mucp", dc: "us" } },
      { id: "wire.multi-m1", address: "10.0.0.11", port: 1111, metadata: { rack: "r1", dc: "eu" } },
    ],
  },
  { ...multi, version: "0.9.0", endpoints: [], nodes: [] },
];

describe("the text of a service", () => {
  it("has the endpoint block of the original, letter for letter", () => {
    const block = (text: string) => /Endpoint: Nested.*/s.exec(text)?.[0].trimEnd();
    const original = block(recorded("get-service-multi"));
    assert.ok(original);
    assert.equal(block(serviceText("wire.multi", versions)), original);
  });

  it("has the version block of the original, versions and nodes in order", () => {
    const text = serviceText("wire.multi", versions);
    const [block = ""] = /version 1\.0\.0\n\nId.*?\n\n/s.exec(recorded("get-service-multi")) ?? [];
    assert.ok(text.includes(block.trimEnd()), text);
    assert.ok(text.indexOf("version 0.9.0") < text.indexOf("version 1.0.0"));
  });

  it("gives the same bytes for the same state, whatever its order", () => {
    const other = versions.toReversed().map((service) => ({ ...service, nodes: service.nodes.toReversed() }));
    assert.equal(serviceText("wire.multi", other), serviceText("wire.multi", versions));
  });

  it("shows a hostile name harmlessly in a list", () => {
    const listed = [{ name: "evil\u001b[2J\u202e", versions: ["1\r"], nodes: 1, passing: 1, unchecked: 0 }];
    assert.equal(listText(listed, false), "evil\\x1b[2J\\u202e");
    assert.equal(listText(listed, true), "evil\\x1b[2J\\u202e\t1\\x0d\t1\t1\t0");
  });
});

describe("the health in a list", () => {
  for (const [nodes, passing, unchecked, text] of [
    [2, 2, 0, "healthy"],
    [0, 0, 0, "no nodes"],
    [2, 2, 2, "unchecked"],
    [3, 3, 1, "1 of 3 unchecked"],
    [3, 2, 2, "1 of 3 failing"],
    [null, null, null, "-"],
  ] as const)
    it(`of ${nodes} nodes, ${passing} not failing, ${unchecked} unchecked is "${text}"`, () => {
      assert.equal(healthText({ nodes, passing, unchecked }), text);
    });
});

describe("the table of a service", () => {
  it("says of each node what the dashboard says of it", async () => {
    const node = (id: string) => ({ id, address: "10.0.0.1", port: 1, metadata: {} });
    const nodes = [
      { ...node("a"), status: "passing" },
      { ...node("b"), status: "critical" },
      { ...node("c"), status: "unknown" },
      node("d"),
    ] as const;
    const talk = { ...terminal([], { TERM: "dumb" }), columns: 80 };
    const text = await serviceTable("x", [{ ...multi, version: "1", nodes }], talk);
    assert.deepEqual(text.match(/passing|failing|unchecked|unknown|critical/g), [
      "passing",
      "failing",
      "unchecked",
      "unchecked",
    ]);
  });
});

describe("the schema of a type", () => {
  it("has its fields, all optional, by the names they are sent with", () => {
    const [endpoint] = wireEndpoints(versions[0] ?? { endpoints: [], nodes: [] });
    assert.deepEqual(valueSchema(endpoint?.request ?? null), {
      type: "object",
      properties: {
        full_name: { type: "string" },
        inner: {
          type: "object",
          properties: {
            id: { type: "string" },
            deeper: {},
          },
        },
        list: { type: "array", items: { type: "string" } },
      },
    });
  });

  it("says nothing of what it does not know", () => {
    assert.deepEqual(valueSchema(null), {});
    assert.deepEqual(valueSchema(value("x", "map[string]string"), 1), {});
  });
});
