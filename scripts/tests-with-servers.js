// Tells which test files start servers or other programs, or are tests of load.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Node's modules that start processes and threads. */
const starters = /^node:(child_process|cluster|worker_threads)$/;

/** Leaves src/ out, but for the suites: test/support/no-processes.ts reports a unit test that starts something through it. */
const testsOnly = {
  name: "tests-only",
  setup(builder) {
    builder.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const below = relative(root, join(resolveDir, path));
      return /^src\/(?!testing\/)/.test(below) ? { path: below, external: true } : undefined;
    });
  },
};

/** The first line of a file that takes seconds of processor time because of the number of calls or messages in it. */
const load = "// A test of load.\n";

/** Returns those of `files` that are tests of load, or import one of `starters` by themselves or through what they import. */
export async function testsWithServers(files) {
  const { metafile } = await build({
    entryPoints: files,
    outdir: "unwritten",
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    packages: "external",
    plugins: [testsOnly],
    logLevel: "warning",
  });
  const importers = new Map();
  for (const [file, { imports }] of Object.entries(metafile.inputs))
    for (const { path } of imports) importers.set(path, [...(importers.get(path) ?? []), file]);
  const found = new Set([...importers.keys()].filter((path) => starters.test(path)));
  // a set yields also what is added to it meanwhile
  for (const path of found) for (const importer of importers.get(path) ?? []) found.add(importer);
  return new Set(files.filter((file) => found.has(file) || readFileSync(file, "utf8").startsWith(load)));
}
