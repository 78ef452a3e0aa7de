import type { Log } from "../../core/log/log.js";
import { openLog as open } from "../../core/log/open-log.js";
import type { Terminal } from "../output/terminal.js";

/** Opens the log of a program: JSON lines on standard error, readable lines on a terminal. */
export function openLog(talk: Terminal, usual: "info" | "warn" = "info"): Promise<Log> {
  const readable = talk.errIsTty && talk.mode !== "json";
  return open({
    level: talk.debug ? "debug" : usual,
    pretty: readable ? { colorize: talk.err.level > 0, ignore: "pid,hostname" } : undefined,
  });
}
