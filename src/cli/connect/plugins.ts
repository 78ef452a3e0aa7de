import type { Config } from "@oclif/core";
import type { Plugin } from "../../plugins/index.js";
import { CliError } from "../errors.js";
import type { FlagShapes } from "../flags/argv.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import { resolveFlags } from "../flags/precedence.js";
import { type PreparedCommandLine, type SettingFiles, sources } from "../flags/prepare-command-line.js";
import { flagShapes } from "../invocation.js";

/**
 * Loads the plugins that `--plugin` names. Loads nothing without it. @throws {MicroError} BACKEND_MISSING, BAD_CONFIG
 */
export async function pluginsOf(flags: Pick<GlobalFlags, "plugin">): Promise<readonly Plugin[]> {
  if (!flags.plugin?.length) return [];
  const { loadPlugins } = await import("../../plugins/index.js");
  return loadPlugins(flags.plugin);
}

/** Loads them before the command line is parsed: parsing needs their flags and commands. */
export function pluginsNamedIn(argv: readonly string[], files: SettingFiles): Promise<readonly Plugin[]> {
  const shapes: FlagShapes = new Map([["plugin", { takesValue: true, list: true }]]);
  const resolved = resolveFlags(typed(argv), shapes, sources({ id: undefined, flags: [] }, files));
  return pluginsOf({ plugin: resolved.map(({ value }) => value) });
}

function typed(argv: readonly string[]) {
  const end = argv.indexOf("--");
  const before = end === -1 ? argv : argv.slice(0, end);
  const values = before.flatMap((token, index) => {
    const [, value] = /^--?plugin(?:=(.*))?$/s.exec(token) ?? [undefined, undefined];
    if (!/^--?plugin(=|$)/.test(token)) return [];
    return (value ?? before[index + 1] ?? "").split(",");
  });
  return values.filter((value) => value !== "").map((value) => ({ name: "plugin", value }));
}

/** A command of a plugin: an oclif command class. */
interface CommandClass {
  id?: string;
  readonly flags?: Parameters<typeof flagShapes>[0];
  readonly baseFlags?: Parameters<typeof flagShapes>[0];
  run(argv: string[], config: Config): Promise<unknown>;
}

/** The flags and commands that plugins add to the command line. */
export class PluginCommands {
  readonly #plugins: readonly Plugin[];
  readonly #commands: ReadonlyMap<string, CommandClass>;

  /** @throws {CliError} BAD_CONFIG for anything that is not a command class. */
  constructor(plugins: readonly Plugin[]) {
    this.#plugins = plugins;
    const all = plugins.flatMap(({ commands = {} }) => Object.entries(commands));
    this.#commands = new Map(all.map(([id, command]) => [id, commandClass(id, command)]));
  }

  /** The flags that plugins add to every command. */
  get globals(): FlagShapes {
    const names = this.#plugins.flatMap(({ flags = {} }) => Object.keys(flags));
    return new Map(names.map((name) => [name, { takesValue: true, list: false }]));
  }

  /** The commands of plugins, each with its own flags. */
  get shapes(): ReadonlyMap<string, FlagShapes> {
    return new Map([...this.#commands].map(([id, command]) => [id, ownFlags(command)]));
  }

  /** Passes the values of its flags to each plugin. Returns the command line without them. */
  async configure({ flags, argv }: PreparedCommandLine): Promise<string[]> {
    const values = new Map(flags.map(({ name, value }) => [name, value]));
    for (const plugin of this.#plugins) {
      const own = Object.entries(plugin.flags ?? {});
      await plugin.configure?.(
        Object.fromEntries(own.map(([name, flag]) => [name, values.get(name) ?? flag.default])),
      );
    }
    return withoutFlags(argv, (name) => this.globals.has(name));
  }

  /** Runs a command of a plugin with the flags it declares. Returns false if `id` is not one. */
  async run(id: string, argv: readonly string[], config: Config): Promise<boolean> {
    const command = this.#commands.get(id);
    if (!command) return false;
    command.id = id;
    const own = ownFlags(command);
    await command.run(
      withoutFlags(argv, (name) => !own.has(name)),
      config,
    );
    return true;
  }
}

function ownFlags({ flags = {}, baseFlags = {} }: CommandClass): FlagShapes {
  return flagShapes({ ...baseFlags, ...flags });
}

function commandClass(id: string, command: unknown): CommandClass {
  if (typeof command === "function" && "run" in command) return command as unknown as CommandClass;
  throw new CliError("BAD_CONFIG", `command "${id}" of a plugin is not an oclif command`);
}

function withoutFlags(argv: readonly string[], drop: (name: string) => boolean): string[] {
  const end = argv.indexOf("--");
  return argv.filter((token, index) => {
    const [, name] = /^--([^=]+)/.exec(token) ?? [];
    return (end !== -1 && index >= end) || name === undefined || !drop(name);
  });
}
