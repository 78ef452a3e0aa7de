import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServiceSummary } from "../../src/web/model.js";
import { lay } from "../../ui/map/layout.js";
import { emptyObject } from "../../ui/query/field-kinds.js";
import { healthOf, select } from "../../ui/services.js";
import { complete } from "../../ui/terminal/complete.js";

function summary(name: string, nodes: number, passing: number): ServiceSummary {
  return { name, versions: ["1.0.0"], nodes, passing, unchecked: 0, endpoints: 1, topics: [] };
}

const services = [
  summary("go.micro.srv.b", 1, 1),
  summary("go.micro.srv.a", 3, 2),
  summary("go.micro.web.c", 2, 2),
];

function names(choice: Partial<Parameters<typeof select>[2]>): readonly string[] {
  const chosen = select(services, new Map(), { query: "", order: "name", trouble: false, ...choice });
  return chosen.map(({ name }) => name.slice(-1));
}

describe("the list of services", () => {
  it("is sorted by name, or by what is chosen", () => {
    assert.deepEqual(names({}), ["a", "b", "c"]);
    assert.deepEqual(names({ order: "nodes" }), ["a", "c", "b"]);
    assert.deepEqual(names({ order: "health" }), ["a", "b", "c"]);
  });

  it("holds what has every word, or what is not well", () => {
    assert.deepEqual(names({ query: "SRV micro" }), ["a", "b"]);
    assert.deepEqual(names({ trouble: true }), ["a"]);
  });
});

describe("the health of a service", () => {
  for (const [nodes, passing, unchecked, health] of [
    [0, 0, 0, "none"],
    [2, 2, 0, "ok"],
    [2, 2, 1, "unchecked"],
    [2, 1, 1, "partly"],
    [2, 0, 0, "down"],
  ] as const)
    it(`with ${nodes} nodes, ${passing} not failing, ${unchecked} unchecked is ${health}`, () => {
      assert.equal(healthOf({ nodes, passing, unchecked }), health);
    });
});

describe("the form of a query", () => {
  it("starts with the empty value of each described field", () => {
    const field = (
      name: string,
      type: string,
      values: { name: string; type: string; values: [] }[] = [],
    ) => ({ name, type, values });
    const request = field("Request", "Request", []);
    const fields = [
      field("name", "string"),
      field("times", "int64"),
      field("loud", "bool"),
      field("tags", "[]string", [{ name: "", type: "string", values: [] }]),
      field("any", ""),
    ];
    assert.deepEqual(emptyObject({ ...request, values: fields }), {
      name: "",
      times: 0,
      loud: false,
      tags: [],
    });
  });
});

describe("the map", () => {
  it("puts callers left of what they call, also around a circle", () => {
    const arrows = [
      ["api", "a"],
      ["a", "b"],
      ["b", "c"],
      ["a", "c"],
      ["c", "b"],
      ["c", "c"],
    ] as const;
    const { spots } = lay(arrows.map(([from, to]) => ({ from, to })));
    const x = (name: string) => spots.get(name)?.x ?? Number.NaN;
    assert.ok(x("api") < x("a") && x("a") < x("b"));
    assert.equal(spots.size, 4);
  });
});

describe("completion in the terminal", () => {
  const allowed = {
    commands: [
      { name: "list services", flags: ["--filter", "--long"], words: [] },
      { name: "query", flags: ["--node"], words: ["service", "method"] as const },
    ],
  };

  it("continues as far as it is unambiguous", () => {
    assert.equal(complete("l", allowed, services).line, "list ");
    assert.equal(complete("list se", allowed, services).line, "list services ");
    assert.equal(complete("list services --f", allowed, services).line, "list services --filter ");
    const open = complete("query go", allowed, services);
    assert.equal(open.line, "query go.micro.");
    assert.equal(open.candidates.length, 3);
  });
});
