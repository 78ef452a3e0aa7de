// Ends the command for an error that nothing else took, in at most two lines. It needs nothing that could fail too.
const { writeSync } = require("node:fs");

/** The reader of standard output is gone, as `head` is: nothing is wrong. */
function isClosedPipe(error) {
  return error?.code === "EPIPE" && error.syscall === "write";
}

function endBriefly(error) {
  // a program that guards itself goes on
  if (process.listenerCount("uncaughtException") > 1) return;
  if (isClosedPipe(error)) process.exit(process.exitCode ?? 0);
  const ofSystem = typeof error?.code === "string" && /^E[A-Z0-9]+$/.test(error.code);
  const [line = ""] = String(error?.message ?? error).split("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey is what must not be printed
  const text = line.slice(0, 500).replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  say(`error: ${text || "unknown error"}\n${ofSystem ? "" : "hint:  micro doctor\n"}`);
  if (process.argv.includes("--debug")) say(`${error?.stack}\n`);
  process.exit(process.exitCode || (ofSystem ? 1 : 70));
}

function say(text) {
  try {
    writeSync(2, text);
  } catch {
    // standard error is gone or full as well: the exit code is what is left to tell
  }
}

exports.endBriefly = endBriefly;
