import type { Log } from "../../../core/log/log.js";
import type { Admission } from "../../admission/admission.js";
import type { Limits } from "../../limits.js";
import type { RequestHandler } from "../../request-handler.js";
import type { RequestTracker } from "../request-tracker.js";

/** Options of the fast front. */
export interface FastFrontOptions {
  /** Id of the program in errors. */
  readonly name: string;
  readonly requestHandler: RequestHandler;
  readonly admission: Admission;
  readonly tracker: RequestTracker;
  readonly limits: Limits;
  readonly draining: () => boolean;
  readonly log?: Log | undefined;
}
