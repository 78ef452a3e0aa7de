import type { ServiceSummary } from "../../src/web/model.js";

/** Who subscribes to what, by topic; a subscriber that is no service has no name. */
export function subscribersByTopic(
  services: readonly ServiceSummary[],
  registered: Iterable<string>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (topic: string, service: string) => {
    const known = found.get(topic) ?? [];
    if (service !== "" && !known.includes(service)) known.push(service);
    found.set(topic, known);
  };
  for (const topic of registered) add(topic, "");
  for (const { name, topics } of services) for (const topic of topics) add(topic, name);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
