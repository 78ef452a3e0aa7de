import { type ChildProcess, spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { packageFile } from "../core/files/package-file.js";
import { commandFor } from "./interpreter.js";

/** Runs `file` in a process group of its own, which ends when we are gone. */
export function spawnGroup(file: string, env: NodeJS.ProcessEnv): ChildProcess {
  const { command, args, node } = commandFor(file);
  const argv = node
    ? ["--import", pathToFileURL(packageFile("dist/dev/exit-with-parent.js")).href, ...args]
    : [packageFile("dist/dev/process-wrapper.js"), command, ...args];
  return spawn(process.execPath, argv, { detached: true, env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone, which is what is wanted
  }
}
