import { badRequest } from "../../core/errors.js";
import { shellWords } from "../../core/text/shell-words.js";
import { id } from "../context.js";

/** A command that the terminal may run, with its allowed flags. */
export interface TerminalCommand {
  readonly name: string;
  readonly flags: readonly string[];
  /** Kinds of its arguments, for completion. */
  readonly words: readonly ("service" | "topic" | "method")[];
  /** Set for a command that changes state: allowed only with `--web_admin`. */
  readonly admin?: true;
}

const call = ["--metadata", "--field", "--service_version", "--node", "--timeout", "--json", "--help"];

/** The allowed commands. No flag may name a file, address or context. */
const commands: readonly TerminalCommand[] = [
  { name: "list services", flags: ["--filter", "--long", "--json", "--help"], words: [] },
  { name: "get service", flags: ["--service_version", "--json", "--help"], words: ["service"] },
  { name: "query", flags: [...call, "--meta"], words: ["service", "method"] },
  { name: "stream", flags: [...call, "--count", "--idle_timeout"], words: ["service", "method"] },
  { name: "health", flags: ["--node", "--any", "--json", "--help"], words: ["service"] },
  { name: "stats", flags: ["--node", "--json", "--help"], words: ["service"] },
  { name: "watch", flags: ["--changes_only", "--json", "--help"], words: ["service"] },
  { name: "register service", flags: ["--ttl", "--json", "--help"], words: [], admin: true },
  { name: "deregister service", flags: ["--json", "--help"], words: [], admin: true },
  {
    name: "publish",
    flags: ["--header", "--content_type", "--json", "--help"],
    words: ["topic"],
    admin: true,
  },
];

const maxLine = 16 * 1024;
const maxWords = 100;

/** The commands that the terminal may run. */
export function allowedCommands(admin: boolean): readonly TerminalCommand[] {
  return commands.filter((command) => admin || command.admin === undefined);
}

/** Parses a line into arguments for the command line. @throws {MicroError} 400 for anything that is not allowed. */
export function readLine(line: unknown, admin: boolean): readonly string[] {
  if (typeof line !== "string" || line.length > maxLine)
    throw badRequest(id, "line: not a string, or too long");
  const typed = shellWords(line);
  const words = typed[0] === "micro" ? typed.slice(1) : typed;
  const allowed = allowedCommands(admin);
  const command = allowed.find(({ name }) => words.slice(0, name.split(" ").length).join(" ") === name);
  if (words.length > maxWords || command === undefined)
    throw badRequest(id, `not allowed here; allowed: ${allowed.map(({ name }) => name).join(", ")}`);
  const rest = words.slice(command.name.split(" ").length);
  for (const word of rest) checkWord(word, command);
  return [...command.name.split(" "), "--plain", "--no_input", ...rest];
}

function checkWord(word: string, command: TerminalCommand): void {
  if (word === "-" || word.startsWith("@")) throw badRequest(id, `"${word}": no files here`);
  if (!word.startsWith("-") || /^-\d/.test(word)) return;
  const [flag = "", value = ""] = word.split("=", 2);
  if (!command.flags.includes(flag.replaceAll(/(?<=\w)-/g, "_")))
    throw badRequest(id, `flag "${flag}": not taken here; ${command.name} takes ${command.flags.join(", ")}`);
  if (value.startsWith("@")) throw badRequest(id, `"${word}": no files here`);
}
