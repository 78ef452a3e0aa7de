import type { Node } from "../core/service.js";
import { without } from "./filters.js";
import type { Filter, Next, Selector } from "./selector.js";

/**
 * The node that `select` gives beside those of `tried`, ids of nodes; nothing when there is none, or none can be looked
 * up: then what the tried ones said is the answer. At once where the service is known.
 */
export function untried(
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

/** Nodes that a request is tried on. */
const maxAttempts = 3;

/** One request, as it is tried. */
export interface Tried<Result> {
  attempt(node: Node): Promise<Result>;
  /** Tells whether another node may get it after this error. */
  mayRepeat(error: unknown): boolean;
  /** True for an error after which the same node may get it again, where no other is left. */
  mayReturn?(error: unknown): boolean;
  /** What the last error is told as. */
  failed(node: Node, error: unknown): unknown;
}

/** Tries nodes of `service` until one takes the request. @throws {MicroError} 404 when it has none; what `failed` says. */
export async function tryNodes<Result>(
  selector: Selector,
  service: string,
  request: Tried<Result>,
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
        again && (await untried((filter) => selector.select(service, { filters: [filter] }), tried));
      if (other) node = other;
      else if (again && request.mayReturn?.(error)) node = next();
      else throw request.failed(node, error);
    }
  }
}
