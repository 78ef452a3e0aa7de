import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { MicroCommand } from "../../src/cli/command.js";
import { globalFlags } from "../../src/cli/flags/global-flags.js";
import { allowedCommands } from "../../src/web/routes/command-line.js";

const root = new URL("../../", import.meta.url);

/** Schema of what a command prints under --json, where it is not called as the command. */
const schemas: Readonly<Record<string, string | undefined>> = {
  agent: "ready",
  api: "ready",
  sidecar: "ready",
  web: "ready",
  "context add": "context-show",
  "context use": "context-show",
  // what is typed there prints
  cli: undefined,
};

describe("every command", () => {
  const commands = new Map<string, typeof MicroCommand>();

  before(async () => {
    const folder = fileURLToPath(new URL("src/commands/", root));
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      // a template, which the bundler of the unit tests follows
      const { default: command } = await import(`../../src/commands/${file}`);
      commands.set(file.replace(/\.ts$/, "").replaceAll(/[\\/]/g, " "), command);
    }
  });

  it("has a section in docs/cli.md", () => {
    const page = readFileSync(new URL("docs/cli.md", root), "utf8");
    for (const name of commands.keys()) assert.ok(page.includes(`\n### micro ${name}\n`), name);
  });

  it("has a schema of what it prints under --json", () => {
    for (const name of commands.keys()) {
      const schema = name in schemas ? schemas[name] : name.replaceAll(" ", "-");
      if (schema !== undefined) assert.ok(existsSync(new URL(`schemas/cli/${schema}.json`, root)), name);
    }
  });

  it("says whether its first words are completed as a service, or as a service and a method", () => {
    for (const [name, { usage, args, completes }] of commands) {
      const takes = /SERVICE\]? METHOD/.test(String(usage))
        ? "method"
        : "service" in args
          ? "service"
          : undefined;
      assert.equal(completes, takes, name);
    }
  });

  it("takes each flag that the terminal of the dashboard lets through", () => {
    for (const { name, flags } of allowedCommands(true)) {
      const known = { ...globalFlags, ...commands.get(name)?.flags, help: true };
      for (const flag of flags) assert.ok(Object.hasOwn(known, flag.slice(2)), `${name} ${flag}`);
    }
  });
});
