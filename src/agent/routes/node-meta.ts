import type { Query } from "../../http/message/query.js";
import type { Keyed } from "../model.js";
import type { Store } from "../store.js";

/**
 * Returns a predicate for entries whose node has every `?node-meta=key:value`. This agent's own node has no metadata.
 */
export function onNodeWith(query: Query, store: Store): (entry: Pick<Keyed, "node">) => boolean {
  const wanted = [query["node-meta"] ?? []].flat().map((pair) => {
    const colon = pair.indexOf(":");
    return colon < 0 ? [pair, ""] : [pair.slice(0, colon), pair.slice(colon + 1)];
  });
  return ({ node }) => {
    const meta = (node === undefined ? undefined : store.nodes.get(node)?.meta) ?? {};
    return wanted.every(([key = "", value]) => Object.hasOwn(meta, key) && meta[key] === value);
  };
}
