import type { Log } from "../../src/core/log/log.js";

/** One line of a log. */
export interface Line {
  readonly message: string;
  readonly err?: unknown;
  readonly request?: string;
  readonly service?: string;
  readonly node?: string;
  readonly what?: string;
  readonly detail?: string;
}

/** A log that keeps its warnings and errors. */
export class CapturedLog implements Log {
  readonly warnings: Line[] = [];
  readonly errors: Line[] = [];
  debug(): void {}
  info(_: object, __: string): void {}
  warn(fields: object, message: string): void {
    this.warnings.push({ ...fields, message });
  }
  error(fields: object, message: string): void {
    this.errors.push({ ...fields, message });
  }
}
