import { dirname, join } from "node:path";
import type { FlagShapes } from "./argv.js";
import { contextNamed, readContexts, readObject } from "./context-file.js";
import { type CommandFlags, type Invocation, readInvocation } from "./invocation.js";
import { environment, type SettledFlag, type Source, settle, tokens } from "./settings.js";
import { refuseUnused, usedFlags } from "./unused-flags.js";

/** A command line ready for oclif. */
export interface Prepared {
  /** Id of a command or a topic; undefined for no word at all. */
  readonly id: string | undefined;
  readonly isTopic: boolean;
  readonly flags: readonly SettledFlag[];
  readonly argv: readonly string[];
}

/** Programs that stand for themselves: contexts, which are for callers, do not count there. */
const programs = new Set(["agent", "api", "dev", "sidecar", "web"]);

/** Reads a command line and joins it with variables, project file and context. @throws {CliError} */
export function prepare(
  argv: readonly string[],
  globals: FlagShapes,
  commands: CommandFlags,
  env: NodeJS.ProcessEnv = process.env,
): Prepared {
  const invocation = readInvocation(argv, globals, commands);
  refuseUnused(invocation.id, invocation.flags);
  const shapes = usedFlags(invocation.id, commands.get(invocation.id ?? "") ?? globals);
  const all = settle(invocation.flags, shapes, sources(invocation, env));
  const flags = withoutBeatenProxy(all);
  return { ...invocation, flags, argv: tokens(flags, invocation.words, shapes) };
}

/** What speaks where no flag does, strongest first. */
export function sources(
  { id, flags }: Pick<Invocation, "id" | "flags">,
  env: NodeJS.ProcessEnv = process.env,
): Source[] {
  // what a context is made of is typed
  if (id === "context:add") return [];
  const found = [environment(env, id)];
  const project = projectFile(process.cwd());
  if (project) found.push(project);
  if (programs.has(id ?? "") || id?.startsWith("context:")) return found;
  const named = flags.findLast(({ name }) => name === "context")?.value ?? (env.MICRO_CONTEXT || undefined);
  const context = contextSource(named);
  if (context) found.push(context);
  return found;
}

/** The `micro.json` of this folder or the nearest one above it. */
function projectFile(start: string): Source | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, "micro.json");
    const values = readObject(path);
    if (values)
      return { nameOf: (flag) => `${flag} in ${path}`, get: (flag) => values[spelled(flag, values)] };
    if (folder === dirname(folder)) return undefined;
  }
}

/** `plugins` in the file is the flag `--plugin`; the dash form of a name is an alias. */
function spelled(flag: string, values: Readonly<Record<string, unknown>>): string {
  if (flag === "plugin") return "plugins";
  return Object.hasOwn(values, flag) ? flag : flag.replaceAll("_", "-");
}

function contextSource(named: string | undefined): Source | undefined {
  const found = readContexts();
  const name = named ?? found.current;
  if (!name) return undefined;
  const context = contextNamed(name, found);
  return { nameOf: () => `context ${name}`, get: (flag) => context[flag] };
}

/** A registry given by the user beats a proxy that only a context names. */
function withoutBeatenProxy(flags: readonly SettledFlag[]): readonly SettledFlag[] {
  const ofContext = ({ origin }: SettledFlag) => origin.startsWith("context ");
  const own = flags.some((flag) => /^registry(_address)?$/.test(flag.name) && !ofContext(flag));
  return own ? flags.filter((flag) => flag.name !== "proxy_address" || !ofContext(flag)) : flags;
}
