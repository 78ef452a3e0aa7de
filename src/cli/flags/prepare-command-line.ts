import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { currentFolder } from "../../core/files/current-folder.js";
import { configPath } from "../../core/files/user-folder.js";
import { settings } from "../../core/settings/settings.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { suggest } from "../../core/text/suggest.js";
import { CliError } from "../errors.js";
import { type CommandFlags, type Invocation, readInvocation } from "../invocation.js";
import { applicableFlags, refuseInapplicable } from "./applicable-flags.js";
import type { FlagShapes } from "./argv.js";
import { checkConflicts, programs } from "./conflicts.js";
import { type Contexts, contextNamed, readContexts } from "./context-file.js";
import { environment, type FallbackSource, type ResolvedFlag, resolveFlags, tokens } from "./precedence.js";
import { type ProjectFile, projectFile, seenFrom } from "./project-file.js";
import { type BoundFlags, bindSecrets } from "./secrets.js";

/** A command line ready for oclif. */
export interface PreparedCommandLine {
  /** Id of a command or a topic. Undefined without any word. */
  readonly id: string | undefined;
  readonly isTopic: boolean;
  readonly flags: readonly ResolvedFlag[];
  readonly argv: readonly string[];
  /** A line for people: which settings of an untrusted folder are ignored. */
  readonly note?: string;
}

/** Commands that use only what was typed. */
const typedOnly = new Set(["context:add", "context:trust"]);

/** Parses a command line, and adds values from variables, project file and context. @throws {CliError} */
export function prepareCommandLine(
  argv: readonly string[],
  globals: FlagShapes,
  commands: CommandFlags,
  files = new SettingFiles(),
): PreparedCommandLine {
  const invocation = readInvocation(argv, globals, commands);
  refuseInapplicable(invocation.id, invocation.flags);
  const shapes = applicableFlags(invocation.id, commands.get(invocation.id ?? "") ?? globals);
  const { flags, note } = resolvedFlags(invocation, shapes, files);
  checkConflicts(flags, invocation.id);
  return { ...invocation, flags, note, argv: tokens(flags, invocation.words, shapes) };
}

/**
 * Adds values from other sources to the typed flags. @throws {CliError} for a program whose project file is ignored.
 */
export function resolvedFlags(
  { id, flags }: Pick<Invocation, "id" | "flags">,
  shapes: FlagShapes,
  files = new SettingFiles(),
): BoundFlags {
  const { env } = files;
  const found = sources({ id, flags }, files);
  const resolved = withoutBeatenProxy(resolveFlags(flags, shapes, found));
  const project = found.find((source): source is ProjectFile => "ignored" in source);
  const bound = bindSecrets(resolved, found, { project, env });
  const fault = project && projectFault(project, bound.withheld);
  if (fault && programs.has(id ?? "")) throw refused(fault, project, bound.withheld);
  return { ...bound, note: fault && `note: ${fault}: micro context trust ${shellQuote(project.folder)}` };
}

/** Describes what is ignored in a project file. Undefined if nothing is. */
function projectFault({ path, ignored, refused }: ProjectFile, withheld: boolean): string | undefined {
  if (refused !== undefined) return `${path} is not read, ${refused}`;
  const without = ignored.length === 0 ? [] : [`without ${ignored.map(withNearest).join(", ")}`];
  if (withheld) without.push("no token goes to the address that it names");
  return without.length === 0 ? undefined : `${path} is not trusted, ${without.join(", and ")}`;
}

/** Adds the setting that a name which is none may stand for. */
function withNearest(name: string): string {
  const names = Object.keys(settings);
  if (name === "plugins" || names.includes(name.replaceAll("-", "_"))) return name;
  const [close] = suggest(name, names, 1);
  return close === undefined ? name : `${name} (did you mean ${close}?)`;
}

/** Makes the error for a program that would otherwise run with settings other than intended. */
function refused(fault: string, { folder, ignored, refused }: ProjectFile, withheld: boolean): CliError {
  const mendable = refused === undefined && (withheld || ignored.length > 0);
  return new CliError("BAD_CONFIG", fault, {
    hint: mendable ? `micro context trust ${shellQuote(folder)}` : "ls -l",
  });
}

/** The sources of settings besides the command line. Each file is read once, on first use. */
export class SettingFiles {
  readonly env: NodeJS.ProcessEnv;
  #contexts: Contexts | undefined;
  #project: { readonly file: ProjectFile | undefined } | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.env = env;
  }

  /** @throws {CliError} for a malformed file. */
  get contexts(): Contexts {
    this.#contexts ??= readContexts(configPath(this.env));
    return this.#contexts;
  }

  /** The project file of the working directory. @throws {CliError} BAD_CONFIG if it is not a JSON object. */
  get project(): ProjectFile | undefined {
    const here = currentFolder();
    this.#project ??= {
      file: here === undefined ? undefined : projectFile(here, (folder) => this.#trusts(folder)),
    };
    return this.#project.file;
  }

  #trusts(folder: string): boolean {
    try {
      return this.contexts.trusted?.includes(realpathSync(folder)) === true;
    } catch {
      // without readable settings, nothing is trusted
      return false;
    }
  }
}

/** Returns the sources for values without a flag, strongest first. */
export function sources(
  { id, flags }: Pick<Invocation, "id" | "flags">,
  files = new SettingFiles(),
): FallbackSource[] {
  if (typedOnly.has(id ?? "")) return [];
  const { env, project } = files;
  const found = [environment(env, id)];
  if (project) found.push(project);
  if (id?.startsWith("context:")) return found;
  const { contexts } = files;
  if (!programs.has(id ?? "")) {
    const named =
      flags.findLast(({ name }) => name === "context")?.value || env.MICRO_CONTEXT || contexts.current;
    if (named) {
      const context = contextNamed(named, contexts);
      found.push({ nameOf: () => `context ${named}`, get: (flag) => context[flag] });
    }
  }
  found.push(ownPlugins(contexts.plugins, env));
  return found;
}

/** The source for plugins in the user's own settings. */
function ownPlugins(plugins: readonly string[] = [], env: NodeJS.ProcessEnv): FallbackSource {
  const folder = dirname(configPath(env) ?? "/");
  return {
    nameOf: (flag) => `${flag} in ${configPath(env)}`,
    get: (flag) => (flag === "plugin" ? plugins.map((spec) => seenFrom(folder, spec)) : undefined),
  };
}

/** Drops a proxy from a context if the user gave a registry. */
function withoutBeatenProxy(flags: readonly ResolvedFlag[]): readonly ResolvedFlag[] {
  const ofContext = ({ origin }: ResolvedFlag) => origin.startsWith("context ");
  const own = flags.some((flag) => /^registry(_address)?$/.test(flag.name) && !ofContext(flag));
  return own ? flags.filter((flag) => flag.name !== "proxy_address" || !ofContext(flag)) : flags;
}
