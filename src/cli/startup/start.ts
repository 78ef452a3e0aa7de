import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Interfaces } from "@oclif/core";
import type { Loaders } from "./bundled.js";

/**
 * Runs the bundled command line. `package.json` and commands are in the bundle, the manifest is in the package.
 * Completion, the version and the list of commands are answered before anything else is loaded.
 */
export async function start(pjson: Interfaces.PJSON, loaders: Loaders): Promise<void> {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  const argv = process.argv.slice(2);
  const [first = ""] = argv;
  if (/^(-v|--?version)$/.test(first)) {
    const { platform, arch, version } = process;
    process.stdout.write(`${pjson.name}/${pjson.version} ${platform}-${arch} node-${version}\n`);
  } else if (argv.length === 1 && /^(help|-h|--?help)$/.test(first)) {
    const { printRootHelp } = await import("./root-help.js");
    printRootHelp(root);
  } else if (first === "__complete") {
    const { complete } = await import("./complete.js");
    await complete(argv.slice(argv[1] === "--" ? 2 : 1), root);
  } else {
    const { runBundled } = await import("./bundled.js");
    await runBundled(argv, { root, pjson, loaders });
  }
}
