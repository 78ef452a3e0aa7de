import type { DestinationStream } from "pino";
import type { PrettyOptions } from "pino-pretty";
import { LinesToStandardError } from "../process/stderr-writer.js";
import type { Log } from "./log.js";
import { loggable } from "./loggable.js";

export interface LogOptions {
  readonly level: string;
  readonly name?: string;
  /** Prints lines for people. Default: JSON. */
  readonly pretty?: PrettyOptions | undefined;
}

/**
 * Opens the log of a program or service on standard error. All pino loggers are made here. Logging never throws: lines
 * that cannot be written, as on a full disk, are dropped, and the log reports their number once it can write again.
 */
export async function openLog({ pretty, level, name }: LogOptions): Promise<Log> {
  const { pino } = await import("pino");
  const options = {
    level,
    ...(name !== undefined && { name }),
    formatters: { log: loggable },
    // `loggable` has already serialised errors; pino's own serializer would write into the thrown value.
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

/**
 * Wraps a log given by the user, which may throw when it serialises a thrown value. It then gets the same line again,
 * with safe fields.
 */
export function guarded(log: Log): Log {
  const method = (level: keyof Log) => (fields: object, text: string) => {
    try {
      log[level](fields, text);
    } catch {
      try {
        log[level](loggable(fields), text);
      } catch {
        // A failing log must not change the answer of a call.
      }
    }
  };
  return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
}
