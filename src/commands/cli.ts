import { writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { MicroCommand } from "../cli/command.js";
import { main } from "../cli/main.js";
import { standardError } from "../cli/standard-error.js";
import { makeFolder } from "../core/make-folder.js";
import { shellWords } from "../core/shell-words.js";
import { readSmallFile } from "../core/small-file.js";
import { homeFolder } from "../core/user-folder.js";

const longest = 1000;

export default class Cli extends MicroCommand {
  static override summary = "take commands line by line, in one process";
  static override examples = ["micro cli", "micro cli < commands.txt"];

  /** Ctrl-C is for the command that runs, or for the line that is typed. */
  override async init(): Promise<void> {}

  async run(): Promise<undefined> {
    await this.parse(Cli);
    await (process.stdin.isTTY ? this.#ask() : this.#obey());
    return undefined;
  }

  override async finally(): Promise<void> {}

  /** A script: the first failure ends it. */
  async #obey(): Promise<void> {
    for await (const line of createInterface({ input: process.stdin })) {
      if (line.trim() === "exit") return;
      if ((await this.#run(line)) !== 0) return;
    }
  }

  async #ask(): Promise<void> {
    const file = historyFile();
    const ids = this.config.commands.filter(({ hidden }) => !hidden).map(({ id }) => id.replaceAll(":", " "));
    const lines = createInterface({
      input: process.stdin,
      output: standardError(),
      prompt: "micro> ",
      history: readHistory(file),
      historySize: longest,
      completer: (line: string): [string[], string] => [ids.filter((id) => id.startsWith(line)), line],
    });
    let history: string[] = [];
    lines.on("history", (entries: string[]) => {
      history = [...entries];
    });
    lines.on("SIGINT", () => {
      lines.write(null, { ctrl: true, name: "u" });
      lines.prompt();
    });
    lines.prompt();
    for await (const line of lines) {
      if (line.trim() === "exit") break;
      await this.#run(line);
      process.exitCode = 0;
      lines.prompt();
    }
    lines.close();
    if (history.length > 0) writeHistory(file, history);
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

/** Undefined without a home. */
function historyFile({ XDG_STATE_HOME: given }: NodeJS.ProcessEnv = process.env): string | undefined {
  if (given && isAbsolute(given)) return join(given, "micro", "history");
  const home = homeFolder();
  return home && join(home, ".local/state/micro/history");
}

/** The newest first, as readline has it. */
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
    // without a place to write there is no history
  }
}
