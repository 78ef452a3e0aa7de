import { type Command, Help } from "@oclif/core";
import { settingGroups } from "../../core/settings/settings.js";
import { suggest } from "../../core/text/suggest.js";
import { CliError } from "../errors.js";
import { globalFlags } from "../flags/global-flags.js";
import { terminal } from "../output/terminal.js";
import { rootHelp, type Section, sectionText } from "./root-help.js";

/** The help of this command line: one level of commands, and the shared flags listed once. */
export class MicroHelp extends Help {
  /** The help for `micro` without arguments. */
  showShort(): void {
    const examples = {
      title: "EXAMPLES",
      rows: [
        ["micro dev --example greeter", "start everything on this machine"],
        ["micro list services", "show what is registered"],
        [`micro query Say.Hello '{"name":"John"}'`, "call a method"],
      ],
    } as const;
    const blocks = [
      "micro: services that find and call each other",
      sectionText(examples, terminal([])),
      "micro --help lists every command and flag.",
    ];
    process.stdout.write(`${blocks.join("\n\n")}\n`);
  }

  /** `typed` includes flags. @throws {CliError} for words that are neither command nor topic. */
  override async showHelp(typed: string[]): Promise<void> {
    const words = typed.filter((token) => !token.startsWith("-"));
    const subject = this.#subject(words);
    if (subject !== undefined) return super.showHelp(subject.split(":"));
    if (words.length === 0 || typed[0]?.startsWith("-")) return this.showRootHelp();
    const [name] = suggest(words.join(" "), this.config.commandIDs.map(spaced), 1);
    const hint = name === undefined ? "micro --help" : `micro ${name} --help`;
    throw new CliError("UNKNOWN_COMMAND", `unknown command "${words.join(" ")}"`, { hint });
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    await super.showCommandHelp({ ...command, flags: ownFlags(command.flags) });
    process.stdout.write(
      "GLOBAL FLAGS\n  micro --help lists those of every command: --json, --registry_address, --timeout, …\n",
    );
  }

  protected override async showRootHelp(): Promise<void> {
    process.stdout.write(rootHelp(rootSections(this.config.commands), terminal([])));
  }

  #subject(words: readonly string[]): string | undefined {
    for (let start = 0; start < words.length; start++) {
      for (let end = words.length; end > start; end--) {
        const id = words.slice(start, end).join(":");
        if (this.config.findCommand(id) || this.config.findTopic(id)) return id;
      }
    }
    return undefined;
  }
}

/** Returns the sections of `micro --help`. They are also written to the manifest. */
export function rootSections(commands: readonly Command.Cached[]): Section[] {
  const shown = commands.filter(({ id, hidden, aliases }) => !hidden && !aliases.includes(id));
  const rows = shown.map(({ id, summary }): [string, string] => [spaced(id), summary ?? ""]);
  return [
    { title: "COMMANDS", rows: rows.sort(([a], [b]) => (a < b ? -1 : 1)) },
    ...Object.entries(settingGroups).map(([group, names]) => ({
      title: `${group} FLAGS (any command, before or after it)`,
      rows: flagRows(Object.entries(globalFlags).filter(([name]) => Object.hasOwn(names, name))),
    })),
  ];
}

interface Described {
  readonly type: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly char?: string;
}

function flagRows(flags: readonly (readonly [name: string, flag: Described])[]): [string, string][] {
  return flags
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { type, summary = "", char }]) => [
      `${char ? `-${char}, ` : ""}--${name}${type === "option" ? "=VALUE" : ""}`,
      summary,
    ]);
}

/** Returns the flags of one command, without the global ones. */
export function ownFlags<Flag extends Described>(
  flags: Readonly<Record<string, Flag>>,
): Record<string, Flag> {
  const shared: Readonly<Record<string, Described>> = globalFlags;
  return Object.fromEntries(
    Object.entries(flags).filter(([name, flag]) => shared[name]?.summary !== flag.summary),
  );
}

function spaced(id: string): string {
  return id.replaceAll(":", " ");
}
