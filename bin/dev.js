#!/usr/bin/env -S node --import tsx
// The command from source, without a build.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

process.env.NODE_ENV = "development";

const root = join(__dirname, "..");

async function run() {
  const { Config, Plugin } = await import("@oclif/core");
  const { main } = await import("../src/cli/startup/main.ts");
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const commands = { ...oclif.commands, target: "./src/commands" };
  const options = { root, pjson: { ...pjson, oclif: { ...oclif, commands } }, enableAutoTranspile: false };
  // A manifest of an earlier build would hide new commands and flags.
  const plugin = new Plugin({ ...options, ignoreManifest: true });
  await plugin.load();
  await main(
    process.argv.slice(2),
    await Config.load({ ...options, plugins: new Map([[plugin.name, plugin]]) }),
  );
}

void run();
