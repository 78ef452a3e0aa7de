import { requireName, requireText } from "../core/name.js";
import { topicService } from "./http/wire/topic.js";

/** Topics that were found valid. Most messages go to few topics. */
const good = new Set<string>();

/**
 * Checks a topic: the same rule for all brokers, and for publishing and subscribing.
 * @throws {MicroError} 400 if the topic is not a string, or cannot be registered.
 */
export function requireTopic(topic: string, verb: "publish" | "subscribe"): void {
  if (good.has(topic)) return;
  requireText(topic, "go.micro.broker", `${verb}: the topic`); // JavaScript may give anything
  requireName(topic && topicService(topic), "go.micro.broker", `${verb} ${JSON.stringify(topic)}`);
  if (good.size < 1000) good.add(topic);
}
