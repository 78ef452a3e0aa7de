import type { Log } from "../core/log.js";
import type { Terminal } from "./terminal.js";

/** The log of a program: JSON lines on standard error, readable ones on a terminal. */
export async function openLog(talk: Terminal, usual: "info" | "warn" = "info"): Promise<Log> {
  const { pino } = await import("pino");
  const level = talk.debug ? "debug" : usual;
  const logger = pino({ level }, await destination(talk));
  return {
    debug: (fields, text) => logger.debug(fields, text),
    info: (fields, text) => logger.info(fields, text),
    warn: (fields, text) => logger.warn(fields, text),
    error: (fields, text) => logger.error(fields, text),
  };
}

async function destination(talk: Terminal) {
  if (!talk.errIsTty || talk.mode === "json") {
    const { destination } = await import("pino");
    return destination({ dest: 2, sync: true });
  }
  const { default: pretty } = await import("pino-pretty");
  return pretty({ destination: 2, sync: true, colorize: talk.err.level > 0, ignore: "pid,hostname" });
}
