import { requireName } from "../core/name.js";
import { topicService } from "./http/wire/topic.js";

/** Topics that were found good: most messages go to few. */
const good = new Set<string>();

/**
 * One rule for all brokers, for those who publish as for those who subscribe: a topic can be registered.
 * @throws {MicroError} 400 when it cannot.
 */
export function requireTopic(topic: string, verb: "publish" | "subscribe"): void {
  if (good.has(topic)) return;
  requireName(topic && topicService(topic), "go.micro.broker", `${verb} ${JSON.stringify(topic)}`);
  if (good.size < 1000) good.add(topic);
}
