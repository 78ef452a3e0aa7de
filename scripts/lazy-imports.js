// An esbuild plugin that defers imports of the command line until first use. oclif imports everything it might ever
// need (templates, globs, spinners, versions), and Node's own modules take up to 2 ms each; most commands use none of
// them.
import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";

const require = createRequire(import.meta.url);

/** Matches an import as TypeScript compiles it to CommonJS. */
const imported = /^(?:const|var) (\w+_\d+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm;
/** Matches a whole module that is re-exported as a member, as TypeScript compiles it. */
const exported = /^exports\.(\w+) = (__importStar\(require\("[^"]+"\)\));$/gm;

function lazily(source) {
  const names = [...source.matchAll(imported)].map(([, name]) => name);
  const declared = source
    .replace(imported, "var $1_kept; function $1() { return ($1_kept ??= $2); }")
    .replace(exported, 'Object.defineProperty(exports, "$1", { enumerable: true, get: () => $2 });');
  const used = new RegExp(`(?<!function |[\\w$.])(${names.join("|")})\\b`, "g");
  return names.length === 0 ? declared : declared.replace(used, "($1())");
}

/** Modules that Node loads before any program, or that are not plain objects. */
const present = new Set(["assert", "events", "fs", "path", "process", "stream", "timers", "url", "util"]);

function isLazy(name) {
  if (name === "lru-cache") return true;
  return isBuiltin(name) && !present.has(name.replace(/^node:/, "")) && typeof require(name) === "object";
}

/** Returns the source of a module that looks up each member on use. */
function lookingUp(name) {
  const members = Object.keys(require(name)).map((key) => `get ${key}() { return load().${key}; }`);
  return `const load = () => require("${name}");\nmodule.exports = { ${members.join(", ")} };`;
}

/** Replacements for packages that would be loaded at every start for one known answer. */
const answers = {
  // src/cli/output/terminal.ts decides about colours
  "#supports-color": "export default { stdout: false, stderr: false };",
  // nothing depends on whether this is WSL
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
