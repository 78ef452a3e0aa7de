import { standardError } from "../stderr-stream.js";
import type { Terminal } from "./terminal.js";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Milliseconds before the spinner shows. */
const startDelay = 300;
const step = 100;

/**
 * Shows a spinner on standard error while `work` takes longer than a moment. Removed before anything else is printed.
 */
export async function spin<T>(text: string, talk: Terminal, work: Promise<T>): Promise<T> {
  if (!talk.errIsTty || talk.quiet) return work;
  let frame = 0;
  let timer = setTimeout(function turn() {
    standardError().write(`\r${frames[frame++ % frames.length]} ${text}`);
    timer = setTimeout(turn, step);
  }, startDelay);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (frame > 0) standardError().write(`\r${" ".repeat(text.length + 2)}\r`);
  }
}
