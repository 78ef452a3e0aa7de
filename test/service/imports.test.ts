import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { start } from "../support/programs/process.js";

const program = `
await import("./src/service/index.ts");
console.log(process.moduleLoadList.filter((name) => /^NativeModule (_?http|cluster)/.test(name)).join());
`;

describe("the entry of a service", () => {
  it("loads neither the HTTP server of Node nor its cluster", async () => {
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    await using imported = start(process.execPath, args);
    assert.equal(await imported.closed(), 0, imported.stderr);
    assert.equal(imported.stdout, "\n");
  });
});
