import { type Log, silent } from "../core/log/log.js";
import { guarded, openLog } from "../core/log/open-log.js";

/**
 * Logs only errors until `open`: importing the library loads no logger, and a service in a script or a test is quiet.
 * Errors are logged all the same, because callers are told to look them up in the log.
 */
export class DeferredLog implements Log {
  readonly #name: string;
  readonly #given: boolean;
  #to: Log;
  #errors: Promise<Log> | undefined;

  constructor(name: string, given: Log | undefined) {
    this.#name = name;
    this.#to = given ? guarded(given) : silent;
    this.#given = given !== undefined;
  }

  /** Logs to stderr from here on, as JSON or, on a terminal, as text. Keeps a log that the code has set. */
  async open(): Promise<void> {
    if (!this.#given) this.#to = await this.#open();
  }

  #open(): Promise<Log> {
    const readable = process.stderr.isTTY || process.env.MICRO_LOG_FORMAT === "text";
    return openLog({
      name: this.#name,
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
    if (this.#to !== silent) {
      this.#to.error(fields, text);
      return;
    }
    this.#errors ??= this.#open();
    this.#errors.then((log) => log.error(fields, text)).catch(() => undefined);
  }
}
