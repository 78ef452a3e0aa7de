// Builds the front end of the dashboard: from ui/ to dist/ui, with a content hash in each file name.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Maps Node modules to their browser equivalents. */
const browser = {
  name: "browser",
  setup(builder) {
    builder.onResolve({ filter: /^node:crypto$/ }, () => ({ path: join(root, "ui/browser-crypto.ts") }));
  },
};

/** Builds into `out`. Files go below `-`, which is never the name of a web app, so that they hide none. */
export async function buildUi(out = join(root, "dist/ui")) {
  await rm(out, { recursive: true, force: true });
  await mkdir(join(out, "-"), { recursive: true });
  const { metafile } = await build({
    entryPoints: [join(root, "ui/main.tsx")],
    outdir: join(out, "-"),
    entryNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    jsx: "automatic",
    jsxImportSource: "preact",
    tsconfig: join(root, "ui/tsconfig.json"),
    plugins: [browser],
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const files = Object.keys(metafile.outputs).map((path) => basename(path));
  files.push(await copyHashed(join(root, "ui/icon.svg"), join(out, "-")));
  await writeFile(join(out, "index.html"), await page(files));
}

async function copyHashed(path, out) {
  const bytes = await readFile(path);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const name = basename(path).replace(".", `-${hash}.`);
  await writeFile(join(out, name), bytes);
  return name;
}

async function page(files) {
  const html = await readFile(join(root, "ui/index.html"), "utf8");
  return html.replace(/\{\{(\w+)\}\}/g, (_, extension) => {
    const name = files.find((file) => file.endsWith(`.${extension}`));
    if (name === undefined) throw new Error(`ui: no .${extension} was built`);
    return `/-/${name}`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildUi();
