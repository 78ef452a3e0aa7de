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
  readonly why?: string;
  readonly timesSince?: number;
  readonly unlogged?: number;
}

/** A log that keeps all but what is for debugging. */
export class CapturedLog implements Log {
  readonly infos: Line[] = [];
  readonly warnings: Line[] = [];
  readonly errors: Line[] = [];
  debug(): void {}
  info(fields: object, message: string): void {
    this.infos.push({ ...fields, message });
  }
  warn(fields: object, message: string): void {
    this.warnings.push({ ...fields, message });
  }
  error(fields: object, message: string): void {
    this.errors.push({ ...fields, message });
  }
}
