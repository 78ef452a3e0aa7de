import { type Command, Help } from "@oclif/core";
import { CliError } from "./errors.js";
import { globalFlagGroups, globalFlags } from "./global-flags.js";
import { nearest } from "./nearest.js";

/** Help in the words of this command line: one level of commands, flags that all share listed once. */
export class MicroHelp extends Help {
  /** For `micro` alone. */
  showShort(): void {
    this.#print(
      "micro: services that find and call each other",
      this.#section("EXAMPLES", [
        ["micro dev --example greeter", "start everything on this machine"],
        ["micro list services", "show what is registered"],
        [`micro query Say.Hello '{"name":"John"}'`, "call a method"],
      ]),
      "micro --help lists every command and flag.",
    );
  }

  /** Takes what was typed, flags included. @throws {CliError} for words that are neither command nor topic. */
  override async showHelp(typed: string[]): Promise<void> {
    const words = typed.filter((token) => !token.startsWith("-"));
    const subject = this.#subject(words);
    if (subject !== undefined) return super.showHelp(subject.split(":"));
    if (words.length === 0 || typed[0]?.startsWith("-")) return this.showRootHelp();
    const [name] = nearest(words.join(" "), this.config.commandIDs.map(spaced), 1);
    const hint = name === undefined ? "micro --help" : `micro ${name} --help`;
    throw new CliError("UNKNOWN_COMMAND", `unknown command "${words.join(" ")}"`, { hint });
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    await super.showCommandHelp({ ...command, flags: ownFlags(command.flags) });
    this.#print(
      "GLOBAL FLAGS\n  micro --help lists those of every command: --json, --registry_address, --timeout, …",
    );
  }

  protected override async showRootHelp(): Promise<void> {
    const commands = this.config.commands.filter(
      ({ id, hidden, aliases }) => !hidden && !aliases.includes(id),
    );
    const rows = commands.map(({ id, summary }): [string, string] => [spaced(id), summary ?? ""]);
    const groups = Object.entries(globalFlagGroups).map(([group, flags]) =>
      this.#section(`${group} FLAGS (any command, before or after it)`, flagRows(flags)),
    );
    this.#print(
      "micro: a toolkit for microservices",
      this.section("USAGE", "micro [global flags] COMMAND [args] [flags]"),
      this.#section(
        "COMMANDS",
        rows.sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
      ...groups,
      "Each flag --x_y reads the variable MICRO_X_Y. Names with dashes (--x-y) work too.",
    );
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

  #section(title: string, rows: readonly (readonly [string, string])[]): string {
    const list = this.renderList(
      rows.map(([name, summary]) => [name, summary]),
      { indentation: 2, spacer: "\n", stripAnsi: this.opts.stripAnsi },
    );
    return this.section(title, list);
  }

  #print(...blocks: string[]): void {
    process.stdout.write(`${blocks.join("\n\n")}\n`);
  }
}

interface Described {
  readonly type: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly char?: string;
}

function flagRows(flags: Readonly<Record<string, Described>>): [string, string][] {
  return Object.entries(flags)
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { type, summary = "", char }]) => [
      `${char ? `-${char}, ` : ""}--${name}${type === "option" ? "=VALUE" : ""}`,
      summary,
    ]);
}

/** The flags of one command without those that every command has. */
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
