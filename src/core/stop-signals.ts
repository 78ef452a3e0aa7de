import { basename } from "node:path";

/** The signals that ask a process to end, with the exit codes that shells give for them. */
export const stopSignals = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

export type StopSignal = keyof typeof stopSignals;

/**
 * True where `nohup` started this process, which then stays when its terminal is closed. Node undoes at its start that
 * SIGHUP is ignored, and tells nobody: what is left is the variable in which bash, zsh and ksh name what they started.
 */
export function keepsAtHangUp({ _: started = "" }: NodeJS.ProcessEnv = process.env): boolean {
  return basename(started) === "nohup";
}
