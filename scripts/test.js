// Runs the tests, each file in its own process: unit files in parallel, then those that start processes, one at a time.
//   test.js              all of them
//   test.js unit         unit files only
//   test.js watch FILE…  these files, or all unit files, again whenever one of them or an import changes
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";

const folders = ["e2e", "faults", "peers", "security"];

/** One fixed seed for all random choices, so that CI fails only because of the change. SEED=random explores. */
const { SEED = "20160628" } = process.env;
const seed = SEED === "random" ? String(Math.floor(Math.random() * 2 ** 31)) : SEED;
console.log(`SEED=${seed}`);

function files(folder) {
  return readdirSync(`test/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => `test/${folder}/${file}`)
    .sort();
}

/** Folders without tests, or with tests that start processes or browsers. */
const others = [...folders, "fixtures", "support"];
const unit = readdirSync("test")
  .filter((folder) => !others.includes(folder))
  .flatMap(files);

function present(folder) {
  return readdirSync("test").includes(folder);
}

const spec = ["--test-reporter=spec", "--test-reporter-destination=stdout"];

function run(...args) {
  const { status } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--import", "./test/support/seed.ts", "--test", ...spec, ...args],
    {
      stdio: "inherit",
      env: { ...process.env, NODE_ENV: "test", SEED: seed },
    },
  );
  if (status !== 0) process.exitCode = 1;
}

const [mode, ...named] = process.argv.slice(2);
if (mode === "watch") run("--watch", ...(named.length > 0 ? named : unit));
else if (mode === "unit") runUnit();
else runAll();

function runUnit() {
  const report = ["--test-reporter=./scripts/unit-report.js", "--test-reporter-destination=stdout"];
  run(...report, `--test-concurrency=${availableParallelism()}`, ...unit);
}

function runAll() {
  runUnit();
  const slow = folders.filter(present).flatMap(files);
  if (slow.length > 0) run("--test-concurrency=1", ...slow);
}
