// Runs the tests: unit tests, then tests with servers, both bundled, a few files to a process, in parallel; then the
// end-to-end tests, one file at a time. CONTRIBUTING.md says which is which.
//   test.js              all of them
//   test.js unit         unit tests only
//   test.js servers      tests with servers only
//   test.js watch FILE…  these files, or all of both, again whenever one of them or an import changes
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { buildUi } from "./build-ui.js";
import { bundleTests } from "./bundle-tests.js";
import { testsWithServers } from "./tests-with-servers.js";

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

/** The folders of `folders`, and those without tests. */
const others = [...folders, "fixtures", "support"];
/** Folders that mirror src/. */
const mirrors = readdirSync("test").filter((folder) => !others.includes(folder));

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
 * Files that share a process, of the set `wanted`. A file that changes process-wide state, such as the clock, gets
 * its own, and so does a conformance suite: several in one process would take longer than all other tests. These come
 * first by their names, in whose order node:test starts them: a long one that starts last leaves cores idle.
 */
function groups(wanted) {
  const alone = /\bmock\b|process\.(on|once|chdir)\(|process\.env\.\w+ = |Object\.assign\(process|Suite\(/;
  const groups = new Map();
  for (const folder of mirrors) {
    const shared = [];
    for (const file of files(folder).filter((file) => wanted.has(file)))
      if (alone.test(readFileSync(file, "utf8"))) groups.set(`0-${file.replaceAll("/", "-")}`, [file]);
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

async function runBundled(groups, preloads, processesPerCore) {
  const concurrency = `--test-concurrency=${processesPerCore * availableParallelism()}`;
  const { folder, bundles } = await bundleTests(groups, preloads);
  // A process that does not exit fails under the name of its bundle.
  run(...report("./scripts/unit-report.js"), concurrency, "--test-timeout=300000", ...bundles);
  rmSync(folder, { recursive: true });
}

/** Both groups of the folders that mirror src/, or one of them. More processes than cores: tests wait, too. */
async function runMirrors({ unit = true, servers = true }) {
  if (!existsSync("dist/ui/index.html")) await buildUi();
  const all = mirrors.flatMap(files);
  const withServers = await testsWithServers(all);
  const unitTests = new Set(all.filter((file) => !withServers.has(file)));
  const seeded = "test/support/seed.ts";
  if (unit) await runBundled(groups(unitTests), [seeded, "test/support/no-processes.ts"], 3);
  if (servers) await runBundled(groups(withServers), [seeded], 2);
}

async function runAll() {
  await runMirrors({});
  const slow = folders.filter(present).flatMap(files);
  if (slow.length > 0) run(...typescript, "--test-concurrency=1", ...slow);
}

const [mode, ...named] = process.argv.slice(2);
if (mode === "watch") run(...typescript, "--watch", ...(named.length > 0 ? named : mirrors.flatMap(files)));
else if (mode === "unit") await runMirrors({ servers: false });
else if (mode === "servers") await runMirrors({ unit: false });
else await runAll();
