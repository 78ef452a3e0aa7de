// Builds dist/: the library with tsc, the command line as one file, its manifest, the dashboard, the examples.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildUi } from "./build-ui.js";
import { lazyImports } from "./lazy-imports.js";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
process.env.NODE_ENV = "production";

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function sources(folder, pattern) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => pattern.test(file));
}

/** Command files by id, as oclif finds them: `list/services.ts` is `list:services`. */
const commands = sources("src/commands", /\.ts$/).map((file) => ({
  id: file.replace(/(\/index)?\.ts$/, "").replaceAll("/", ":"),
  file,
}));

/** Packages that stay outside of the bundle: they are loaded on use, and most runs use none. */
const external = [
  "@bufbuild/*",
  "@fastify/*",
  "@msgpack/*",
  "@opentelemetry/*",
  "chokidar",
  "dns-packet",
  "esbuild",
  "fastify",
  "inquirer",
  "pino",
  "pino-pretty",
  "prom-client",
  "ts-node",
  "tsx",
  "typescript",
  "undici",
  "ws",
];

async function bundleCommands() {
  const { optionalPackages } = await import("../dist/core/optional-packages.js");
  const { name, version, type, oclif } = JSON.parse(readFileSync("package.json", "utf8"));
  const loaders = commands.map(
    ({ id, file }) => `${JSON.stringify(id)}: () => import("./src/commands/${file}")`,
  );
  const { outputFiles } = await build({
    stdin: {
      contents: `import { start } from "./src/cli/startup/start.ts";
        start(${JSON.stringify({ name, version, type, oclif })}, { ${loaders.join(", ")} });`,
      resolveDir: root,
    },
    write: false,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    minify: true,
    charset: "ascii",
    external: [...external, ...Object.keys(optionalPackages)],
    banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "bundleUrl", "process.env.OCLIF_DISABLE_ENGINE_WARNING": '"true"' },
    plugins: [lazyImports],
    logLevel: "warning",
  });
  // bin/run.js passes import() in as `nativeImport`, because code cached by V8 cannot use its own
  const [{ text }] = outputFiles;
  const code = text.replace(/(?<![\w.$"'`])import\(/g, "nativeImport(");
  writeFileSync("dist/cli/micro.cjs", code);
}

/** Writes oclif's manifest. Global flags are listed once, for completion, and the help of `micro` is included. */
async function writeManifest() {
  const { Plugin } = await import("@oclif/core");
  const { ownFlags, rootSections } = await import("../dist/cli/startup/help.js");
  const { globalFlags } = await import("../dist/cli/flags/global-flags.js");
  const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  for (const command of Object.values(plugin.manifest.commands)) command.flags = ownFlags(command.flags);
  const shapes = Object.entries(globalFlags).map(([name, { type, char, multiple }]) => [
    name,
    { type, char, multiple },
  ]);
  const manifest = {
    ...plugin.manifest,
    globalFlags: Object.fromEntries(shapes),
    rootHelp: rootSections(plugin.commands),
  };
  writeFileSync("oclif.manifest.json", JSON.stringify(manifest));
}

/** Bundles the examples of `micro dev --example NAME` with everything they import except the toolkit. */
async function bundleExamples() {
  const entries = sources("examples", /^[^/]+\/(srv|api|web|client)\.ts$/).map((file) => `examples/${file}`);
  if (entries.length === 0) return;
  await build({
    entryPoints: entries,
    outdir: "dist/examples",
    outbase: "examples",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    external: ["micro-toolkit", "micro-toolkit/*", "ws"],
    logLevel: "warning",
  });
}

/** Fills the code cache by one typical run, with a registry that answers. */
async function warm() {
  const registry = createServer((_, response) => response.end('{"go.micro.srv.greeter":[]}'));
  const { loopback, loopbackAddress } = await import("../dist/core/net/local-address.js");
  await once(registry.listen(0, loopbackAddress()), "listening");
  const address = `--registry_address=${loopback(registry.address().port)}`;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };
  const run = spawn(process.execPath, ["bin/run.js", "list", "services", address], { env });
  await once(run, "exit");
  registry.close();
}

rmSync("dist", { recursive: true, force: true });
rmSync("oclif.manifest.json", { force: true });
run(process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
await Promise.all([bundleCommands(), writeManifest(), buildUi(), bundleExamples()]);
await warm();
