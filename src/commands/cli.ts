import { writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { MicroCommand } from "../cli/command.js";
import { usage } from "../cli/errors.js";
import { TypedLines } from "../cli/output/typed-lines.js";
import { main } from "../cli/startup/main.js";
import { makeFolder } from "../core/files/make-folder.js";
import { readSmallFile } from "../core/files/small-file.js";
import { homeFolder } from "../core/files/user-folder.js";
import { shellWords } from "../core/text/shell-words.js";

const longest = 1000;

/** True while a prompt is open: two on one terminal would compete for its keys. */
let open = false;

export default class Cli extends MicroCommand {
  static override summary = "open an interactive prompt for commands";
  static override examples = ["micro cli", "micro cli < commands.txt"];

  /** Installs no signal handler: Ctrl-C is for the running command, or for the line being typed. */
  override async init(): Promise<void> {}

  async run(): Promise<undefined> {
    await this.parse(Cli);
    if (open) throw usage("micro cli is open already", "exit");
    open = true;
    await (process.stdin.isTTY ? this.#prompt() : this.#runScript());
    return undefined;
  }

  override async finally(): Promise<void> {}

  /** Runs the lines of a script. The first failure ends it. */
  async #runScript(): Promise<void> {
    for await (const line of createInterface({ input: process.stdin })) {
      if (line.trim() === "exit") return;
      if ((await this.#run(line)) !== 0) return;
    }
  }

  async #prompt(): Promise<void> {
    const file = historyFile();
    const ids = this.config.commands.filter(({ hidden }) => !hidden).map(({ id }) => id.replaceAll(":", " "));
    const lines = new TypedLines(readHistory(file), longest, (line) =>
      ids.filter((id) => id.startsWith(line)),
    );
    for (;;) {
      const line = await lines.next();
      if (line === undefined || line.trim() === "exit") break;
      await this.#runOnTerminal(line);
      process.exitCode = 0;
    }
    if (lines.history.length > 0) writeHistory(file, lines.history);
  }

  /** Runs a command. Ctrl-C ends it, but not the prompt. */
  async #runOnTerminal(line: string): Promise<void> {
    const stay = () => {};
    process.on("SIGINT", stay);
    try {
      await this.#run(line);
    } finally {
      process.off("SIGINT", stay);
    }
  }

  async #run(line: string): Promise<number> {
    const before = process.exitCode;
    if (line.trim() === "" || line.trimStart().startsWith("#")) return 0;
    process.exitCode = 0;
    const words = shellWords(line);
    await main(words[0] === "micro" ? words.slice(1) : words, this.config as Parameters<typeof main>[1]);
    const code = Number(process.exitCode ?? 0);
    process.exitCode = code || before;
    return code;
  }
}

/** Returns the path of the history. Undefined without a home folder. */
function historyFile({ XDG_STATE_HOME: given }: NodeJS.ProcessEnv = process.env): string | undefined {
  if (given && isAbsolute(given)) return join(given, "micro", "history");
  const home = homeFolder();
  return home && join(home, ".local/state/micro/history");
}

/** Reads the history, newest first, as readline wants it. */
function readHistory(file: string | undefined): string[] {
  if (file === undefined) return [];
  try {
    return readSmallFile(file).toString().split("\n").filter(Boolean).slice(0, longest);
  } catch {
    return [];
  }
}

function writeHistory(file: string | undefined, history: readonly string[]): void {
  if (file === undefined) return;
  try {
    makeFolder(dirname(file), 0o700);
    writeFileSync(file, `${history.join("\n")}\n`, { mode: 0o600 });
  } catch {
    // a history that cannot be written is lost
  }
}
