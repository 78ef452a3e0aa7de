import { type Log, silent } from "../core/log/log.js";
import { guarded, openLog } from "../core/log/open-log.js";

/**
 * Tells errors alone until a program runs: importing the library loads no logger, and a service in a script or a test does
 * not talk. What others were told to look up in the log is there all the same.
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

  /** Logs JSON lines on stderr from here on, or readable ones on a terminal, unless the code brought its own log. */
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
