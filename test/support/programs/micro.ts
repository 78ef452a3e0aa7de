import { fileURLToPath } from "node:url";
import { type Running, start } from "./process.js";

/** The installed command. */
export const bin = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

/** How one run of the command line ended. */
export interface Ran {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Buffer;
  /** Standard input is a pipe that says nothing and is never closed. */
  readonly silent?: boolean;
}

/** Without the contexts of the user who runs the tests, in a folder without a project file. */
const bare = { XDG_CONFIG_HOME: "/nonexistent", MICRO_NO_INPUT: "1" };

/** Starts the built command line. */
export function startMicro(args: readonly string[], options: RunOptions = {}): Running {
  const stdin = options.input === undefined && !options.silent ? "ignore" : "pipe";
  const running = start(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...bare, ...options.env },
    stdin,
  });
  if (options.input !== undefined) running.child.stdin?.end(options.input);
  return running;
}

/** Runs the built command line to its end. */
export async function micro(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  await using running = startMicro(args, options);
  const code = await running.closed();
  return { code, stdout: running.stdout, stderr: running.stderr };
}

const terminal = `
import fcntl, json, os, pty, signal, struct, sys, termios
columns, lines, typing = int(sys.argv[1]), 40, json.loads(sys.argv[2])
signal.alarm(60)
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
seen = b""
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
    os.write(1, data)
    if typing and typing[0][0].encode() in seen:
        seen = b""
        os.write(fd, typing.pop(0)[1].encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

export interface TerminalOptions {
  readonly columns?: number;
  /** What is typed once a text is seen, one after the other. */
  readonly typing?: readonly (readonly [seen: string, keys: string])[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs it on a terminal of so many columns. */
export function microOnTerminal(args: readonly string[], options: TerminalOptions = {}): Promise<Ran> {
  return runOnTerminal([process.execPath, bin, ...args], options);
}

/** Runs any program on a terminal of so many columns. */
export async function runOnTerminal(run: readonly string[], options: TerminalOptions = {}): Promise<Ran> {
  const { columns = 100, typing = [], env } = options;
  await using running = start("python3", ["-c", terminal, String(columns), JSON.stringify(typing), ...run], {
    env: { ...bare, MICRO_NO_INPUT: "", CI: "", TERM: "xterm", ...env },
  });
  const code = await running.closed();
  return { code, stdout: running.stdout.replaceAll("\r\n", "\n"), stderr: running.stderr };
}
