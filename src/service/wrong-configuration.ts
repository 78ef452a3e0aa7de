import { MicroError } from "../core/errors.js";

const reasons = new Set(["USAGE", "BAD_CONFIG", "BAD_FLAG_VALUE", "BACKEND_MISSING"]);

/**
 * A service that cannot run as it was told ends with 2, as the command line does: if nobody takes the error, it ends
 * the process, which Node lets exit with 1.
 */
export function endsWithTwo(error: unknown): void {
  if (!MicroError.is(error) || error.reason === undefined || !reasons.has(error.reason)) return;
  process.once("exit", (code) => {
    if (code === 1) process.exitCode = 2;
  });
}
