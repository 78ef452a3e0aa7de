import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { settings } from "../../../src/core/settings/settings.js";

it("docs/settings.md says what the table of settings says", { timeout: 30_000 }, () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", "scripts/settings-page.js", "--check"],
    { cwd: fileURLToPath(new URL("../../../", import.meta.url)), encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
});

it("README.md and the page of a part name each that is built in", () => {
  const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
  const readme = read("README.md");
  const pages = { registry: read("docs/registries.md"), broker: read("docs/brokers.md"), transport: readme };
  for (const [part, page] of Object.entries(pages)) {
    const row = new RegExp(`^\\| ${part}: .*$`, "im").exec(readme)?.[0] ?? "";
    for (const name of settings[part as keyof typeof pages].names) {
      assert.match(row, new RegExp(`\\b${name}\\b`), `${name} in the table of README.md`);
      if (page !== readme)
        assert.match(page, new RegExp(`^\\| \`${name}\``, "m"), `${name} on the page of its part`);
    }
  }
});
