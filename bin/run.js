#!/usr/bin/env node
// The installed command: one bundled file, run with the code that V8 compiled in an earlier run and that is cached next
// to it.
const { join } = require("node:path");
const { Script } = require("node:vm");
const { endBriefly } = require("./end-briefly.js");
const { CodeCache } = require("./code-cache.js");

// on any uncaught error, print a short text instead of the minified source that Node would show
process.on("uncaughtException", endBriefly);

const folder = join(__dirname, "..", "dist", "cli");
const filename = join(folder, "micro.cjs");
const cache = new CodeCache(filename);

const script = new Script(`(function (require, nativeImport, __filename, __dirname) {${cache.source}\n})`, {
  filename,
  cachedData: cache.read(),
});

// a run that only prints the version has compiled too little to be worth caching
if (script.cachedDataRejected !== false && /^[a-z]/.test(process.argv[2] ?? "")) {
  process.once("exit", () => cache.write(() => script.createCachedData()));
}

/** Cached code cannot use import() itself. */
const nativeImport = (specifier) => import(specifier);
script.runInThisContext()(require, nativeImport, filename, folder);
