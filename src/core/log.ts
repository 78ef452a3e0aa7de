/** Takes what the toolkit has to say: structured fields first, then a short text, as pino does. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

const nothing = () => {};

/** Says nothing: what a library does unless asked. */
export const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
