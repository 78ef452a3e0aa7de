import { TokenBucket } from "../core/async/token-bucket.js";
import { type Executed, MicroError, type Reason } from "../core/errors.js";
import { backOff } from "../core/time/backoff.js";

/** Retries and hedges allowed: 20 % of the calls, plus ten a second. */
const share = 0.2;
const base = { burst: 10, every: 100 };
const mostEarned = 1000;

/** Keeps retries from multiplying the load of a system in trouble. */
export class RetryBudget {
  readonly #tokens = new TokenBucket(base);

  /** Counts a first attempt. */
  earn(): void {
    this.#tokens.give(share, mostEarned);
  }

  /** Takes one retry; false when the budget is empty. */
  spend(): boolean {
    return this.#tokens.take();
  }
}

/** True when the node has no such method: it ran nothing, and a node of another version may have it. */
export function isMissing(error: unknown): boolean {
  return MicroError.is(error) && error.reason === "METHOD_NOT_FOUND" && error.executed === "no";
}

/** True if a call may go to another node: it was not executed, or the method is idempotent and the node failed. */
export function mayRetry(error: unknown, idempotent: boolean): boolean {
  if (!MicroError.is(error)) return false;
  if (error.executed === "no")
    return (
      isMissing(error) ||
      error.reason === "NODE_UNREACHABLE" ||
      (error.reason !== "NO_NODES" && error.code === 503)
    );
  if (!idempotent || error.reason === undefined) return false;
  return nodeFailures.has(error.reason) || isUnreadable(error);
}

/** True for a reply that could not be read. An error that the service itself sent has `executed` "yes". */
function isUnreadable({ code, reason, executed }: MicroError): boolean {
  return code === 502 && reason === "REMOTE_ERROR" && executed === "unknown";
}

/** Failures caused by the node, not by the call. */
const nodeFailures: ReadonlySet<Reason> = new Set([
  "NODE_LOST",
  "NODE_UNREACHABLE",
  "OVERLOADED",
  "TLS_FAILED",
]);

/** The error of the last attempt, with `executed` over all attempts: an earlier attempt may have run. */
export function overAll(before: Executed | undefined, error: MicroError): MicroError {
  const rank = (executed: Executed | undefined) => (executed ? certainty.indexOf(executed) : -1);
  return rank(before) > rank(error.executed) ? error.with({ executed: before }) : error;
}

const certainty: readonly Executed[] = ["no", "unknown", "yes"];

/** Milliseconds to wait after `attempts` failed (from 1) when no other node is left. */
export function retryDelay(attempts: number): number {
  return backOff(attempts, { least: 20, most: 250 });
}
