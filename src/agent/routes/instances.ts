import type { Query } from "../../http/message/query.js";
import type { ServiceEntry } from "../model.js";
import type { Store } from "../store.js";
import { sorted } from "../views.js";
import { onNodeWith } from "./node-meta.js";

/** Returns a function that lists the instances of a service with every `?tag=`, on nodes with every `?node-meta=`. */
export function instancesOf(name: string, query: Query, store: Store): () => ServiceEntry[] {
  const tags = [query.tag ?? []].flat();
  const onNode = onNodeWith(query, store);
  return () =>
    sorted(store.names.get(name)?.values() ?? []).filter(
      (entry) => onNode(entry) && tags.every((tag) => entry.tags.includes(tag)),
    );
}
