import { type Log, silent } from "../core/log.js";

/** Silent until a program starts: importing the library loads no logger. */
export class LateLog implements Log {
  #to: Log;
  readonly #given: boolean;

  constructor(given: Log | undefined) {
    this.#to = given ?? silent;
    this.#given = given !== undefined;
  }

  /** Logs JSON lines on stderr from here on, or readable ones on a terminal, unless the code brought its own log. */
  async open(name: string): Promise<void> {
    if (this.#given) return;
    const { pino } = await import("pino");
    const options = { name, level: process.env.MICRO_LOG_LEVEL ?? "info" };
    this.#to =
      process.stderr.isTTY || process.env.MICRO_LOG_FORMAT === "text"
        ? pino(
            options,
            (await import("pino-pretty")).default({
              destination: 2,
              ignore: "pid,hostname,name",
              singleLine: true,
              sync: true,
            }),
          )
        : pino(options, pino.destination({ dest: 2, sync: true }));
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
