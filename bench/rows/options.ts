import type { Measured } from "../report.js";
import type { Surroundings } from "../surroundings.js";

/** Options of every row. */
export interface RowOptions {
  readonly surroundings: Surroundings;
  readonly rounds: number;
  /** Milliseconds of one slice. */
  readonly ms: number;
  /** Concurrent callers. Default: those of the goals. */
  readonly callers?: number;
}

export type Row = (options: RowOptions) => Promise<readonly Measured[]>;
