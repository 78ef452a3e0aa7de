#!/usr/bin/env node
// The installed command: one bundled file, run with the code that V8 compiled in an earlier run, kept beside it. V8
// refuses what another version or other flags made; then, or where nothing is kept yet, it is compiled and kept anew.
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const folder = join(__dirname, "..", "dist", "cli");
const filename = join(folder, "micro.cjs");
const kept = join(folder, `micro-${process.version}-${process.arch}.cache`);

function readKept() {
  try {
    return readFileSync(kept);
  } catch {
    return undefined;
  }
}

// the bundle is ASCII: V8 takes it as it is
const source = readFileSync(filename, "latin1");
const script = new Script(`(function (require, nativeImport, __filename, __dirname) {${source}\n})`, {
  filename,
  cachedData: readKept(),
});

// a run that only prints the version has compiled too little to be kept
if (script.cachedDataRejected !== false && /^[a-z]/.test(process.argv[2] ?? "")) {
  process.once("exit", () => {
    try {
      writeFileSync(`${kept}.${process.pid}`, script.createCachedData());
      renameSync(`${kept}.${process.pid}`, kept);
    } catch {
      // a read-only installation starts slower, and works
    }
  });
}

/** Code with a cache has no import() of its own. */
const nativeImport = (specifier) => import(specifier);
script.runInThisContext()(require, nativeImport, filename, folder);
