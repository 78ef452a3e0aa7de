import { writeSync } from "node:fs";
import { MicroError } from "../core/errors.js";

/**
 * Has the process end with the text of `error` in place of its stack, and with exit code 2 where the settings are
 * wrong or name a part that is not installed, if nobody catches it.
 */
export function endsProcess(error: unknown): unknown {
  if (!MicroError.is(error)) return error;
  process.on("uncaughtExceptionMonitor", function onUncaught(uncaught: unknown): void {
    if (uncaught !== error) return;
    process.off("uncaughtExceptionMonitor", onUncaught);
    if (process.listenerCount("uncaughtException") > 0) return;
    writeSync(2, `error: ${oneLine(error.detail)}\n`);
    process.exit(error.code === 400 || error.reason === "BACKEND_MISSING" ? 2 : 1);
  });
  return error;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
