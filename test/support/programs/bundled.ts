import { rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const made = new Map<string, Promise<string>>();

type Program = "faulty" | `programs/${"cluster" | "greeter" | "thread"}-node` | "programs/started-only";

/**
 * Path of a program of `test/support` as one plain file, made once per process. A child that runs it starts with half the
 * processor time that tsx takes to load the sources one by one.
 */
export function bundled(program: Program): Promise<string> {
  const known = made.get(program) ?? bundle(program);
  made.set(program, known);
  return known;
}

/** As deep below the root as a source file is, so that what is read relative to one is found. */
async function bundle(program: string): Promise<string> {
  const outfile = `${root}node_modules/.test-programs/${basename(program)}-${process.pid}.mjs`;
  process.once("exit", () => rmSync(outfile, { force: true }));
  await build({
    entryPoints: [`${root}test/support/${program}.ts`],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    packages: "external",
    // used by `node --enable-source-maps`
    sourcemap: "inline",
    logLevel: "warning",
  });
  return outfile;
}
