import { type Log, silent } from "../core/log/log.js";
import { guarded, openLog } from "../core/log/open-log.js";

/** Silent until a program starts: importing the library loads no logger. */
export class DeferredLog implements Log {
  #to: Log;
  readonly #given: boolean;

  constructor(given: Log | undefined) {
    this.#to = given ? guarded(given) : silent;
    this.#given = given !== undefined;
  }

  /** Logs JSON lines on stderr from here on, or readable ones on a terminal, unless the code brought its own log. */
  async open(name: string): Promise<void> {
    if (this.#given) return;
    const readable = process.stderr.isTTY || process.env.MICRO_LOG_FORMAT === "text";
    this.#to = await openLog({
      name,
      level: process.env.MICRO_LOG_LEVEL ?? "info",
      pretty: readable ? { ignore: "pid,hostname,name", singleLine: true } : undefined,
    });
  }

  debug(fields: object, text: string): void {
    this.#to.debug(fields, text);
  }

  info(fields: object, text: string): void {
    this.#to.info(fields, text);
  }

  warn(fields: object, text: string): void {
    this.#to.warn(fields, text);
  }

  error(fields: object, text: string): void {
    this.#to.error(fields, text);
  }
}
