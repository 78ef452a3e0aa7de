import { MicroError } from "../core/errors.js";
import { LinesToStandardError } from "../core/process/standard-error.js";

/** Errors that end the process if nobody catches them. */
const fatal = new WeakSet<MicroError>();

/**
 * Has the process end with the text of `error` in place of its stack, and with exit code 2 where the settings are
 * wrong or name a part that is not installed, if nobody catches it.
 */
export function endsProcess(error: unknown): unknown {
  if (!MicroError.is(error)) return error;
  fatal.add(error);
  if (!process.listeners("uncaughtExceptionMonitor").includes(onUncaught))
    process.on("uncaughtExceptionMonitor", onUncaught);
  return error;
}

function onUncaught(error: unknown): void {
  if (!MicroError.is(error) || !fatal.has(error)) return;
  if (process.listenerCount("uncaughtException") > 0) return;
  new LinesToStandardError().write(`error: ${oneLine(error.detail)}\n`);
  process.exit(error.code === 400 || error.reason === "BACKEND_MISSING" ? 2 : 1);
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
