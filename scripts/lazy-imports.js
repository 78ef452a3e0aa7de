// A plugin of esbuild: what the command line imports is loaded when it is first used. oclif imports all it might ever
// need (templates, globs, spinners, versions), and Node's own modules cost up to 2 ms each; most commands use none of it.
import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";

const require = createRequire(import.meta.url);

/** An import as TypeScript writes it in CommonJS. */
const imported = /^(?:const|var) (\w+_\d+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm;
/** A whole module as a member of another, as it writes it too. */
const exported = /^exports\.(\w+) = (__importStar\(require\("[^"]+"\)\));$/gm;

function lazily(source) {
  const names = [...source.matchAll(imported)].map(([, name]) => name);
  const declared = source
    .replace(imported, "var $1_kept; function $1() { return ($1_kept ??= $2); }")
    .replace(exported, 'Object.defineProperty(exports, "$1", { enumerable: true, get: () => $2 });');
  const used = new RegExp(`(?<!function |[\\w$.])(${names.join("|")})\\b`, "g");
  return names.length === 0 ? declared : declared.replace(used, "($1())");
}

/** Modules of Node that it loads before any program, or that are no plain objects. */
const present = new Set(["assert", "events", "fs", "path", "process", "stream", "timers", "url", "util"]);

function isLazy(name) {
  if (name === "lru-cache") return true;
  return isBuiltin(name) && !present.has(name.replace(/^node:/, "")) && typeof require(name) === "object";
}

/** A module each member of which is looked up when it is used. */
function lookingUp(name) {
  const members = Object.keys(require(name)).map((key) => `get ${key}() { return load().${key}; }`);
  return `const load = () => require("${name}");\nmodule.exports = { ${members.join(", ")} };`;
}

/** Packages that are asked one question at every start, to which we know the answer. */
const answers = {
  // colours: src/cli/output/terminal.ts decides about them
  "#supports-color": "export default { stdout: false, stderr: false };",
  // whether this Linux runs in Windows: nothing here depends on it
  "wsl-utils": `export const isWsl = false;
    export const powerShellPath = async () => (await import("powershell-utils")).powerShellPath();`,
};

export const lazyImports = {
  name: "lazy-imports",
  setup(build) {
    build.onLoad({ filter: /\/@oclif\/core\/lib\/.*\.js$/ }, ({ path }) => ({
      contents: lazily(readFileSync(path, "utf8")),
    }));
    build.onResolve({ filter: /^[\w:/-]+$/, namespace: "file" }, ({ path, kind, resolveDir }) =>
      kind !== "dynamic-import" && isLazy(path)
        ? { path, namespace: "lazy", pluginData: resolveDir }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "lazy" }, ({ path, pluginData: resolveDir }) => ({
      contents: lookingUp(path),
      resolveDir,
    }));
    build.onResolve({ filter: /^(#supports-color|wsl-utils)$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: "answer",
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /.*/, namespace: "answer" }, ({ path, pluginData: resolveDir }) => ({
      contents: answers[path],
      resolveDir,
    }));
  },
};
