import type { DestinationStream } from "pino";
import type { PrettyOptions } from "pino-pretty";
import { LinesToStandardError } from "../process/standard-error.js";
import type { Log } from "./log.js";
import { loggable } from "./loggable.js";

export interface LogOptions {
  readonly level: string;
  readonly name?: string;
  /** Lines for people; without it, JSON. */
  readonly pretty?: PrettyOptions | undefined;
}

/**
 * Opens the log of a program or a service on standard error: the one place where a pino is made. It never throws: lines
 * that cannot be written, as on a full disk, are lost, and the log says how many once it can write again.
 */
export async function openLog({ pretty, level, name }: LogOptions): Promise<Log> {
  const { pino } = await import("pino");
  const options = {
    level,
    ...(name !== undefined && { name }),
    formatters: { log: loggable },
    // loggable has written errors out already; pino's own serializer writes into what was thrown.
    serializers: { err: (err: unknown) => err },
  };
  const lines = new LinesToStandardError();
  const log: Log = pino(options, await destination(lines, pretty));
  lines.onBack = (loss) => log.error(loss, "the log could not be written: lines were lost");
  return log;
}

async function destination(
  lines: LinesToStandardError,
  pretty: PrettyOptions | undefined,
): Promise<DestinationStream> {
  if (!pretty) return lines;
  const { prettyFactory } = await import("pino-pretty");
  const readable = prettyFactory(pretty);
  return { write: (line) => lines.write(readable(line)) };
}

/** A log that others made, which may throw over what a handler threw: it gets the same line once more, made safe. */
export function guarded(log: Log): Log {
  const method = (level: keyof Log) => (fields: object, text: string) => {
    try {
      log[level](fields, text);
    } catch {
      try {
        log[level](loggable(fields), text);
      } catch {
        // A log that fails must not change the answer of a call.
      }
    }
  };
  return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
}
