import type { Node } from "../core/service.js";
import { without } from "./filters.js";
import type { Filter, Next, Selector } from "./selector.js";

/**
 * Selects a node whose id is not in `tried`. Undefined when there is none, or the lookup fails: the caller then reports the
 * last error. Not a promise while the service is in the catalog.
 */
export function selectUntried(
  select: (others: Filter) => Next | Promise<Next>,
  tried: readonly string[],
): Node | undefined | Promise<Node | undefined> {
  try {
    const next = select(without(new Set(tried)));
    return next instanceof Promise ? next.then((found) => found()).catch(nothing) : next();
  } catch {
    return undefined;
  }
}

function nothing(): undefined {}

/** Attempts of one request. */
const maxAttempts = 3;

/** One request, and what its errors allow. */
export interface FailoverRequest<Result> {
  attempt(node: Node): Promise<Result>;
  /** True for an error after which another node may get the request. */
  mayRepeat(error: unknown): boolean;
  /** True if the same node may be tried again after this error, when there is no other. */
  mayReturn?(error: unknown): boolean;
  /** The error to throw for the last one. */
  failed(node: Node, error: unknown): unknown;
}

/** Tries up to three nodes of `service`. @throws {MicroError} 404 when there is none; the error that `failed` returns. */
export async function withFailover<Result>(
  selector: Selector,
  service: string,
  request: FailoverRequest<Result>,
): Promise<Result> {
  const selected = selector.select(service);
  const next = selected instanceof Promise ? await selected : selected;
  const tried: string[] = [];
  for (let node = next(); ; ) {
    try {
      return await request.attempt(node);
    } catch (error) {
      tried.push(node.id);
      const again = tried.length < maxAttempts && request.mayRepeat(error);
      const other =
        again && (await selectUntried((filter) => selector.select(service, { filters: [filter] }), tried));
      if (other) node = other;
      else if (again && request.mayReturn?.(error)) node = next();
      else throw request.failed(node, error);
    }
  }
}
