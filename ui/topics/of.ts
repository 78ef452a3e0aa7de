import type { ServiceSummary } from "../../src/web/model.js";

const registered = "topic:";

/** Who subscribes to what, by topic. The http broker registers each topic as a service of its own. */
export function topicsOf(services: readonly ServiceSummary[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (topic: string, service: string) => {
    const known = found.get(topic) ?? [];
    if (service !== "" && !known.includes(service)) known.push(service);
    found.set(topic, known);
  };
  for (const { name, topics } of services) {
    for (const topic of topics) add(topic, name);
    if (name.startsWith(registered)) add(name.slice(registered.length), "");
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
