// Runs the tests: unit files bundled, a few to a process, in parallel; then those that start processes, one at a time.
//   test.js              all of them
//   test.js unit         unit files only
//   test.js watch FILE…  these files, or all unit files, again whenever one of them or an import changes
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { buildUi } from "./build-ui.js";
import { bundleTests } from "./bundle-tests.js";

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
const unitFolders = readdirSync("test").filter((folder) => !others.includes(folder));

function present(folder) {
  return readdirSync("test").includes(folder);
}

const report = (name) => [`--test-reporter=${name}`, "--test-reporter-destination=stdout"];
const typescript = [...report("spec"), "--import", "tsx", "--import", "./test/support/seed.ts"];

function run(...args) {
  const { status } = spawnSync(process.execPath, ["--test", ...args], {
    stdio: "inherit",
    // Node reads these certificates at every start, 50 ms each. No test talks to hosts outside of this machine.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NODE_ENV: "test", SEED: seed },
  });
  if (status !== 0) process.exitCode = 1;
}

/** Starting Node and importing what most tests import takes longer than the tests of most files. */
const filesPerProcess = 8;

/**
 * Files that share a process. A file that changes process-wide state, such as the clock, gets its own, and so does a
 * conformance suite: several in one process would take longer than all other tests.
 */
function groups() {
  const alone = /\bmock\b|process\.(on|once|chdir)\(|process\.env\.\w+ = |Object\.assign\(process|Suite\(/;
  const groups = new Map();
  for (const folder of unitFolders) {
    const shared = [];
    for (const file of files(folder))
      if (alone.test(readFileSync(file, "utf8"))) groups.set(file.replaceAll("/", "-"), [file]);
      else shared.push(file);
    // dealt out like cards: slow files are often neighbours
    const count = Math.ceil(shared.length / filesPerProcess);
    for (let n = 0; n < count; n++)
      groups.set(
        `${folder}-${n}`,
        shared.filter((_, at) => at % count === n),
      );
  }
  return groups;
}

async function runUnit() {
  if (!existsSync("dist/ui/index.html")) await buildUi();
  // Twice as many processes as cores: half of the time a test waits for a server or a timer.
  const concurrency = `--test-concurrency=${2 * availableParallelism()}`;
  const { folder, bundles } = await bundleTests(groups());
  // A process that does not exit fails under the name of its bundle.
  run(...report("./scripts/unit-report.js"), concurrency, "--test-timeout=300000", ...bundles);
  rmSync(folder, { recursive: true });
}

async function runAll() {
  await runUnit();
  const slow = folders.filter(present).flatMap(files);
  if (slow.length > 0) run(...typescript, "--test-concurrency=1", ...slow);
}

const [mode, ...named] = process.argv.slice(2);
if (mode === "watch")
  run(...typescript, "--watch", ...(named.length > 0 ? named : unitFolders.flatMap(files)));
else if (mode === "unit") await runUnit();
else await runAll();
