// Bundles tests: one file per group of test files, with the shared source in chunks next to it.
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Keeps the `import.meta.url` of the source file, so that fixtures and programs next to a test are found. */
const sourceUrls = {
  name: "source-urls",
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/, namespace: "file" }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const url = JSON.stringify(pathToFileURL(path).href);
      return { loader: "ts", contents: text.replaceAll("import.meta.url", url) };
    });
  },
};

/**
 * `groups` maps names to files; each bundle begins with `preloads`. Returns the path of each bundle, and their folder, which the caller removes. It is below
 * `node_modules`, where bundles find their packages, and new for each run: several may run at a time.
 */
export async function bundleTests(groups, preloads) {
  const entries = {
    name: "entries",
    setup(builder) {
      builder.onResolve({ filter: /^group:/ }, ({ path }) => ({ path: path.slice(6), namespace: "group" }));
      builder.onLoad({ filter: /.*/, namespace: "group" }, ({ path }) => {
        const files = [...preloads, ...groups.get(path)];
        return { contents: files.map((file) => `import "./${file}";`).join("\n"), resolveDir: root };
      });
    },
  };
  const out = await mkdtemp(join(root, "node_modules/.tests-"));
  await build({
    entryPoints: [...groups.keys()].map((name) => ({ in: `group:${name}`, out: name })),
    outdir: out,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    target: "node20.19",
    packages: "external",
    sourcemap: true,
    sourcesContent: false,
    plugins: [sourceUrls, entries],
    logLevel: "warning",
  });
  return { folder: out, bundles: [...groups.keys()].map((name) => join(out, `${name}.mjs`)) };
}
