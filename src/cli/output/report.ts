import type { CliError } from "../errors.js";
import { sanitise, sanitiseJson } from "../sanitise.js";
import { standardError } from "../stderr-stream.js";
import type { Terminal } from "./terminal.js";

/**
 * Prints an error: under `--json` as the last document on standard output, otherwise as at most three lines on standard
 * error.
 */
export function report(error: CliError, terminal: Terminal): void {
  if (terminal.mode === "json") {
    const indent = terminal.outIsTty ? 2 : undefined;
    process.stdout.write(`${sanitiseJson(JSON.stringify(error, undefined, indent))}\n`);
  } else {
    standardError().write(`${terminal.err.red("error:")} ${sanitise(error.message)}\n`);
    const { hint } = error.details;
    if (hint && !terminal.quiet) standardError().write(`${terminal.err.cyan("hint:")}  ${sanitise(hint)}\n`);
  }
  if (terminal.debug) standardError().write(`${stacks(error)}\n`);
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by: ${stacks(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
