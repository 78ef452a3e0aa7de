import { isatty } from "node:tty";
import { Chalk, type ChalkInstance } from "chalk";

/** `plain`: the stable text of the original; `human`: tables and colour; `json`: for programs. */
export type Mode = "json" | "plain" | "human";

/** How this run reads and prints. Decided once from flags, environment and streams. */
export interface Terminal {
  readonly mode: Mode;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Colours of standard output. */
  readonly out: ChalkInstance;
  /** Colours of standard error. */
  readonly err: ChalkInstance;
  readonly columns: number;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  /** True if questions may be asked. */
  readonly interactive: boolean;
}

/** Reads the flags in the spelling that `argv.ts` produces. */
export function terminal(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Terminal {
  const end = argv.indexOf("--");
  const flags = new Set(end === -1 ? argv : argv.slice(0, end));
  const outIsTty = process.stdout.isTTY === true;
  // not `process.stderr.isTTY`: creating the streams of input and errors takes up to 3 ms, and most runs use neither
  const errIsTty = isatty(2);
  const mode = chooseMode(flags, outIsTty, env);
  const silent = mode === "json" || flags.has("--no_input") || Boolean(env.CI);
  return {
    mode,
    quiet: flags.has("--quiet") || mode === "json",
    debug: flags.has("--debug"),
    out: new Chalk({ level: colourLevel(flags, outIsTty && mode === "human", env) }),
    err: new Chalk({ level: colourLevel(flags, errIsTty, env) }),
    columns: process.stdout.columns || 80,
    outIsTty,
    errIsTty,
    interactive: isatty(0) && errIsTty && !silent,
  };
}

function chooseMode(flags: ReadonlySet<string>, tty: boolean, env: NodeJS.ProcessEnv): Mode {
  if (flags.has("--json") || env.MICRO_CONTENT_TYPE?.toLowerCase() === "json") return "json";
  return flags.has("--plain") || !tty ? "plain" : "human";
}

/** chalk 5 does not support NO_COLOR, and has one level for both streams. */
function colourLevel(flags: ReadonlySet<string>, tty: boolean, env: NodeJS.ProcessEnv): 0 | 1 {
  if (flags.has("--no_color")) return 0;
  if (env.FORCE_COLOR) return /^(0|false)$/.test(env.FORCE_COLOR) ? 0 : 1;
  return tty && !env.NO_COLOR && env.TERM !== "dumb" ? 1 : 0;
}
