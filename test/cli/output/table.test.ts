import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { table } from "../../../src/cli/output/table.js";
import { terminal } from "../../../src/cli/output/terminal.js";

const columns = [{ head: "NAME", whole: true }, { head: "NOTE" }, { head: "N", right: true }];
const rows = [
  ["go.micro.srv.greeter-3444b8e5-a8e0-451c-a6cf-dab42b693311", "a note that is rather long for a cell", "1"],
  ["short\u001b[31m", "x", "22"],
];

function talk(width: number) {
  return { ...terminal([], { TERM: "dumb" }), columns: width };
}

describe("a table", () => {
  for (const width of [60, 61, 79, 80, 100, 120, 300])
    it(`fits ${width} columns, cutting notes and wrapping ids`, async () => {
      const lines = (await table(columns, rows, talk(width))).split("\n");
      for (const line of lines) assert.ok(line.length <= width, `${line.length}: ${line}`);
      const id = lines.map((line) => line.slice(0, 58).split("  ")[0]?.trim()).join("");
      assert.ok(id.includes("greeter-3444b8e5") && id.includes("b693311"), id);
    });

  for (const width of [20, 40, 59])
    it(`is a block for each row in ${width} columns`, async () => {
      const text = await table(columns, rows, talk(width));
      assert.match(text, /^name: go\.micro.*\nnote: a note.*\nn: 1\n\nname: short/);
    });

  it("is padded rows beyond 500, which takes no time", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => [`service-${index}`, "note", String(index)]);
    const started = performance.now();
    const lines = (await table(columns, many, talk(100))).split("\n");
    assert.equal(lines.length, 10_001);
    assert.match(lines[1] ?? "", /^service-0 +note +0$/);
    assert.ok(performance.now() - started < 5000);
  });

  it("shows what is harmful", async () => {
    assert.match(await table(columns, rows, talk(100)), /short\\x1b\[31m/);
  });
});
