#!/usr/bin/env -S node --import tsx
// The command from source: nothing has to be built.
const { join } = require("node:path");

process.env.NODE_ENV = "development";

async function run() {
  const { Config } = await import("@oclif/core");
  const { main } = await import("../src/cli/main.ts");
  await main(process.argv.slice(2), await Config.load(join(__dirname, "..")));
}

void run();
