import type { Measured } from "../report.js";
import type { Surroundings } from "../surroundings.js";

/** What every row is given. */
export interface RowOptions {
  readonly surroundings: Surroundings;
  readonly rounds: number;
  /** Milliseconds of one slice. */
  readonly ms: number;
  /** Callers at a time, instead of those of the goals. */
  readonly callers?: number;
}

export type Row = (options: RowOptions) => Promise<readonly Measured[]>;
