import type { Log } from "../../../core/log/log.js";
import type { Edge } from "../../admission/edge.js";
import type { Front } from "../../front.js";
import type { Limits } from "../../limits.js";
import type { Ledger } from "../ledger.js";

/** What reads plain requests, and for whom. */
export interface FastFrontOptions {
  /** Names the program in errors. */
  readonly name: string;
  readonly front: Front;
  readonly edge: Edge;
  readonly ledger: Ledger;
  readonly limits: Limits;
  readonly draining: () => boolean;
  readonly log?: Log | undefined;
}
