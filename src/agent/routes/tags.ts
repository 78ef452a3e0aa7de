import type { Query } from "../blocking.js";
import type { ServiceEntry } from "../model.js";

/** Whether a service has every `?tag=`. */
export function tagged(query: Query): (service: ServiceEntry) => boolean {
  const tags = [query.tag ?? []].flat();
  return (service) => tags.every((tag) => service.tags.includes(tag));
}
