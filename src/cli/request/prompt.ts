import { CliError } from "../errors.js";
import type { Terminal } from "../output/terminal.js";
import { sanitise } from "../sanitise.js";
import { standardError } from "../stderr-stream.js";

/** Asks for one of several choices. @throws {CliError} CANCELLED on Ctrl-C. */
export function choose(message: string, choices: readonly string[], talk: Terminal): Promise<string> {
  const shown = choices.map((value) => ({ value, name: sanitise(value) }));
  return prompt({ type: "select", message, choices: shown, loop: false }, talk);
}

/** Asks for a line. `complain` returns what is wrong with it. @throws {CliError} CANCELLED on Ctrl-C. */
export function ask(
  message: string,
  talk: Terminal,
  complain: (input: string) => string | undefined = () => undefined,
): Promise<string> {
  const validate = (input: string) => complain(input) ?? true;
  return prompt({ type: "input", message: sanitise(message), validate }, talk);
}

/** Asks for confirmation. @throws {CliError} CANCELLED on Ctrl-C. */
export function confirm(message: string, talk: Terminal): Promise<boolean> {
  return prompt({ type: "confirm", message, default: false }, talk);
}

type Question =
  | { type: "select"; message: string; choices: { value: string; name: string }[]; loop: boolean }
  | { type: "input"; message: string; validate: (input: string) => string | true }
  | { type: "confirm"; message: string; default: boolean };

/** Asks on standard error: by default, inquirer uses standard output, also if that is a pipe. */
async function prompt<T>(question: Question, talk: Terminal): Promise<T> {
  if (!talk.interactive) throw new CliError("USAGE", "cannot ask: this is not a terminal");
  const { default: inquirer } = await import("inquirer");
  const asking = inquirer.createPromptModule({ output: standardError() });
  try {
    const { answer } = (await asking([{ ...question, name: "answer" }] as never)) as { answer: T };
    return answer;
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError")
      throw new CliError("CANCELLED", "interrupted", { cause: error });
    throw error;
  }
}
