import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { commandFor } from "./interpreter.js";

/**
 * Reads the id of a group, then waits for a line. Where its input ends without one, `micro dev` is gone, however it went:
 * the group gets SIGTERM, and SIGKILL when some of it is there 10 s later.
 */
const watch = `read -r pid && { read -r _ && exit
kill -s TERM -- "-$pid"
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -s 0 -- "-$pid" || exit; done
kill -s KILL -- "-$pid"; } 2>/dev/null`;

/** Becomes the program once the watcher has its id: `micro dev` can go at any time without leaving it behind. */
const become = 'echo "$$" >&3; exec 3>&-; exec "$@"';

/** A program in a process group of its own, which ends when we are gone: nothing in it has to notice, or can prevent it. */
export class ProcessGroup {
  readonly leader: ChildProcess;
  /** Rejects when it could not be started. */
  readonly ended: Promise<number | string>;
  #isOver = false;

  /** Runs `file`. */
  constructor(file: string, env: NodeJS.ProcessEnv) {
    // in a session of its own: Ctrl-C does not reach it
    const watcher = spawn("sh", ["-c", watch], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    watcher.on("error", () => undefined);
    watcher.stdin.on("error", () => undefined);
    const argv = ["-c", become, "sh", ...commandFor(file)];
    this.leader = spawn("sh", argv, {
      detached: true,
      env,
      stdio: ["ignore", "pipe", "pipe", watcher.stdin],
    });
    this.ended = this.#ended().finally(() => watcher.stdin.end("\n"));
  }

  /** Resolves with the exit code or the signal that ended the leader; kills what it left behind. */
  async #ended(): Promise<number | string> {
    const [code, signal] = (await once(this.leader, "exit")) as [number | null, string | null];
    this.signal("SIGKILL");
    this.#isOver = true;
    return code ?? signal ?? 1;
  }

  /** To all that is in the group. Does nothing once it ended: its id may be another's. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.leader;
    try {
      if (pid !== undefined && !this.#isOver) process.kill(-pid, signal);
    } catch {
      // the group is gone, which is what is wanted
    }
  }
}
