import { MicroError } from "../core/errors.js";
import type { Node } from "../core/service.js";
import { without } from "./filters.js";
import type { Selector } from "./selector.js";

/** A node of `service` that is none of `tried`, ids of nodes; nothing when no other is left. */
export async function untried(
  selector: Selector,
  service: string,
  tried: ReadonlySet<string>,
): Promise<Node | undefined> {
  try {
    return (await selector.select(service, { filters: [without(tried)] }))();
  } catch (error) {
    if (MicroError.is(error) && error.code === 404) return undefined;
    throw error;
  }
}
