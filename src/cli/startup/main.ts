import type { Config } from "@oclif/core";
import { PluginCommands, pluginsNamedIn } from "../connect/plugins.js";
import { CliError } from "../errors.js";
import type { FlagShapes } from "../flags/argv.js";
import { globalFlags } from "../flags/global-flags.js";
import { prepareCommandLine, SettingFiles } from "../flags/prepare-command-line.js";
import { type CommandFlags, flagShapes } from "../invocation.js";
import { report } from "../output/report.js";
import { type Terminal, terminal } from "../output/terminal.js";
import { toCliError } from "../output/to-cli-error.js";
import { sanitise } from "../sanitise.js";
import { standardError } from "../stderr-stream.js";
import { PipeClosed } from "./interruption.js";

/** Runs one command line. Sets the exit code, and never throws. */
export async function main(argv: readonly string[], config: Config): Promise<void> {
  let talk = terminal(
    argv.map((token) => token.replace(/^--?json(=true)?$/, "--json")),
    process.env,
  );
  try {
    const wanted = asksForHelp(argv);
    if (wanted) return await help(wanted, config);
    if (/^(-v|--?version)$/.test(argv[0] ?? "")) return void process.stdout.write(`${config.userAgent}\n`);
    const files = new SettingFiles();
    const plugins = await commandsOfPlugins(argv, files);
    const globals = new Map([...flagShapes(globalFlags), ...plugins.globals]);
    const prepared = prepareCommandLine(argv, globals, commandFlags(config, globals, plugins), files);
    talk = terminal(prepared.argv);
    if (prepared.note && !talk.quiet) standardError().write(`${sanitise(prepared.note)}\n`);
    if (prepared.id === undefined || prepared.isTopic) {
      const words = prepared.id?.split(":") ?? [];
      if (talk.mode === "json") throw noCommand(words);
      return await help(words, config, true);
    }
    const rest = await plugins.configure(prepared);
    if (!(await plugins.run(prepared.id, rest, config))) await config.runCommand(prepared.id, rest);
  } catch (error) {
    end(error, talk);
  }
}

/** Loads the commands of plugins. A plugin that does not load is a usage error: nothing runs without it. */
async function commandsOfPlugins(argv: readonly string[], files: SettingFiles): Promise<PluginCommands> {
  try {
    return new PluginCommands(await pluginsNamedIn(argv, files));
  } catch (error) {
    const { code, message, details } = toCliError(error);
    throw new CliError(code, message, { ...details, exitCode: 2 });
  }
}

function end(error: unknown, talk: Terminal): void {
  if (error instanceof PipeClosed) {
    process.exitCode = 0;
    return;
  }
  const failure = toCliError(error);
  process.exitCode = failure.exitCode;
  const silent = failure.code === "CANCELLED" && talk.mode !== "json";
  if (!silent) report(failure, talk);
}

/** Returns the words to explain. Undefined if no help is wanted. */
function asksForHelp(argv: readonly string[]): readonly string[] | undefined {
  const end = argv.indexOf("--");
  const tokens = end === -1 ? argv : argv.slice(0, end);
  if (tokens[0] === "help") return tokens.slice(1);
  return tokens.some((token) => /^(-h|--?help)$/.test(token)) ? tokens : undefined;
}

/** Help is for people: a program that asks for JSON is told that it named no command. */
function noCommand(words: readonly string[]): CliError {
  const text = words.length === 0 ? "no command given" : `"${words.join(" ")}" is not a whole command`;
  return new CliError("USAGE", text, { hint: ["micro", ...words, "--help"].join(" ") });
}

async function help(words: readonly string[], config: Config, short = false): Promise<void> {
  const { MicroHelp } = await import("./help.js");
  const shown = new MicroHelp(config);
  await (short && words.length === 0 ? shown.showShort() : shown.showHelp([...words]));
}

function commandFlags(config: Config, globals: FlagShapes, plugins: PluginCommands): CommandFlags {
  const own = config.commands.map(({ id, flags }) => [id, flagShapes(flags)] as const);
  const all = [...own, ...plugins.shapes];
  return new Map(all.map(([id, flags]) => [id, new Map([...globals, ...flags])] as const));
}
