import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { commandFor } from "./interpreter.js";

/**
 * A shell script that watches over a process group. It reads the id of the group, then waits for a line. If its input
 * ends without one, `micro dev` has exited, for whatever reason: the group gets SIGTERM, and SIGKILL if any of it is
 * left 10 s later.
 */
const watch = `read -r pid && { read -r _ && exit
kill -s TERM -- "-$pid"
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -s 0 -- "-$pid" || exit; done
kill -s KILL -- "-$pid"; } 2>/dev/null`;

/**
 * A shell script that turns into the program once the watcher knows its id, so that `micro dev` can never leave it
 * behind.
 */
const become = 'echo "$$" >&3; exec 3>&-; exec "$@"';

/**
 * A program in its own process group, which ends when this process exits. The program neither has to cooperate nor can
 * prevent it.
 */
export class ProcessGroup {
  readonly leader: ChildProcess;
  /** Rejects if it cannot be started. */
  readonly ended: Promise<number | string>;
  #isOver = false;

  /** Runs `file`. */
  constructor(file: string, env: NodeJS.ProcessEnv) {
    // in its own session, so that Ctrl-C does not reach it
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

  /** Resolves with the exit code or the signal of the group's leader. Kills whatever the leader left behind. */
  async #ended(): Promise<number | string> {
    const [code, signal] = (await once(this.leader, "exit")) as [number | null, string | null];
    this.signal("SIGKILL");
    this.#isOver = true;
    return code ?? signal ?? 1;
  }

  /** Sends a signal to the whole group. Does nothing once it has ended, because its id may have been reused. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.leader;
    try {
      if (pid !== undefined && !this.#isOver) process.kill(-pid, signal);
    } catch {
      // the group has already ended
    }
  }
}
