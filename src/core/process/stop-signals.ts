import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** The signals that ask a process to end, with the exit codes that shells give for them. */
export const stopSignals = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

export type StopSignal = keyof typeof stopSignals;

/**
 * True where this process was started to stay when its terminal is closed: by `nohup`, or by a shell with `trap '' HUP`.
 * Node undoes at its start that SIGHUP is ignored, and tells nobody. What is left is the variable in which bash, zsh and ksh
 * name what they started; under other shells, the input that `nohup` puts in place of a terminal; and the shell, as long
 * as it waits.
 */
export function keepsAtHangUp({ _: started = "" }: NodeJS.ProcessEnv = process.env): boolean {
  return basename(started) === "nohup" || hasInputOfNohup() || isShellThatIgnores(process.ppid);
}

/** `/dev/null`, opened to be written. */
function hasInputOfNohup(): boolean {
  const flags = /^flags:\s+[0-7]*([0-7])$/m.exec(lookInto("self/fdinfo/0"))?.[1];
  return Number(flags) % 4 === 1 && linkOf("/proc/self/fd/0") === "/dev/null";
}

function isShellThatIgnores(pid: number): boolean {
  const status = lookInto(`${pid}/status`);
  const ignored = /^SigIgn:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return /^Name:\s+(ba|da|z|k|mk|a|fi)?sh$/m.test(status) && (BigInt(`0x${ignored}`) & 1n) === 1n;
}

/** Nothing where there is no `/proc`. */
function lookInto(file: string): string {
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
