import { MicroError } from "../core/errors.js";
import { LinesToStandardError } from "../core/process/stderr-writer.js";

/** Errors that end the process if they are not caught: see `exitIfUncaught`. */
const fatal = new WeakSet<MicroError>();

/**
 * If `error` is not caught, the process prints its text instead of a stack and exits with 1, or with 2 if settings
 * are wrong or name a part that is not installed.
 */
export function exitIfUncaught(error: unknown): unknown {
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
