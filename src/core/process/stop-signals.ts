import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** The signals that ask a process to end, each with its conventional exit code (128 + number). */
export const stopSignals = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

export type StopSignal = keyof typeof stopSignals;

/**
 * True if this process was started to survive the closing of its terminal: by `nohup`, or by a shell with `trap ''
 * HUP`. Node resets an ignored SIGHUP at startup, so this looks at three traces of it: the variable `_`, in which bash,
 * zsh and ksh pass the command they started; the standard input that `nohup` puts in place of a terminal; and the
 * signal mask of the parent shell.
 */
export function keepsAtHangUp({ _: startedCommand = "" }: NodeJS.ProcessEnv = process.env): boolean {
  return basename(startedCommand) === "nohup" || hasInputOfNohup() || isShellThatIgnores(process.ppid);
}

/** `nohup` opens `/dev/null` write-only as standard input. */
function hasInputOfNohup(): boolean {
  const flags = /^flags:\s+[0-7]*([0-7])$/m.exec(readProc("self/fdinfo/0"))?.[1];
  return Number(flags) % 4 === 1 && linkOf("/proc/self/fd/0") === "/dev/null";
}

function isShellThatIgnores(pid: number): boolean {
  const status = readProc(`${pid}/status`);
  const ignored = /^SigIgn:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return /^Name:\s+(ba|da|z|k|mk|a|fi)?sh$/m.test(status) && (BigInt(`0x${ignored}`) & 1n) === 1n;
}

/** Returns an empty text where there is no `/proc`. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, "utf8");
  } catch {
    return "";
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
