// Ends the command after an uncaught error, with at most two lines of text. Must not depend on anything that could fail
// itself.
const { writeSync } = require("node:fs");

/** True if standard output was closed by its reader, as `head` does. That is not a failure. */
function isClosedPipe(error) {
  return error?.code === "EPIPE" && error.syscall === "write";
}

function endBriefly(error) {
  // programs with their own handler continue
  if (process.listenerCount("uncaughtException") > 1) return;
  if (isClosedPipe(error)) process.exit(process.exitCode ?? 0);
  const ofSystem = typeof error?.code === "string" && /^E[A-Z0-9]+$/.test(error.code);
  const [line = ""] = String(error?.message ?? error).split("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey is what must not be printed
  const text = line.slice(0, 500).replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  print(`error: ${text || "unknown error"}\n${ofSystem ? "" : "hint:  micro doctor\n"}`);
  if (process.argv.includes("--debug")) print(`${error?.stack}\n`);
  process.exit(process.exitCode || (ofSystem ? 1 : 70));
}

function print(text) {
  try {
    writeSync(2, text);
  } catch {
    // standard error cannot be written either: the exit code has to do
  }
}

exports.endBriefly = endBriefly;
