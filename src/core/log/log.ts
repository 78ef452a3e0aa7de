/**
 * Receives the toolkit's log. Each method takes structured fields, then a short text, as pino's do: a pino logger
 * fits.
 */
export interface Log {
  /** Details for someone who is debugging. */
  debug(fields: object, text: string): void;
  /** Normal events, such as the address a service listens on. */
  info(fields: object, text: string): void;
  /** A problem that the toolkit handles by itself, such as a retry of a registration. */
  warn(fields: object, text: string): void;
  /** A failure that someone has to look at, such as a handler that threw. */
  error(fields: object, text: string): void;
}

const nothing = () => {};

/** Discards everything. The default of the library. */
export const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
