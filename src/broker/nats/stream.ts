import { createHash, randomUUID } from "node:crypto";
import type { ConsumerConfig, JetStreamManager } from "@nats-io/jetstream";
import { sleep } from "../../core/time/clock.js";
import { subjectOf } from "../../transport/nats/subject.js";

/** The stream that holds all messages until every queue has acknowledged them. */
export const streamName = "MICRO";

/** Returns the subject of a topic in the stream. */
export function streamSubject(topic: string): string {
  return `micro.${subjectOf(topic)}`;
}

/**
 * Milliseconds before a lost stream is recreated: one created while the server is still deleting it receives no
 * messages.
 */
const recovery = 500;

/** Resolves when a lost stream may be recreated, or when the signal aborts. */
export function recovered(signal?: AbortSignal): Promise<void> {
  return sleep(recovery, { signal, ref: false }).catch(() => undefined);
}

const ns = 1_000_000;
const day = 24 * 60 * 60 * 1000;
/** Milliseconds after which the server drops a subscriber without a queue that has left. */
const forgottenAfter = 5 * 60 * 1000;

/** Creates the stream unless it exists. Holds at most a week or a million messages; beyond that, publishing fails. */
export async function ensureStream(manager: JetStreamManager): Promise<void> {
  await manager.streams.add({
    name: streamName,
    subjects: ["micro.>"],
    retention: "interest",
    discard: "new",
    max_age: 7 * day * ns,
    max_msgs: 1_000_000,
  });
}

/** Creates the consumer of a queue, or one for a subscriber without a queue. Resolves with its name. */
export async function ensureConsumer(
  manager: JetStreamManager,
  topic: string,
  queue: string | undefined,
  ackWait: number,
): Promise<string> {
  const name = queue === undefined ? `one-${randomUUID()}` : `queue-${digest(`${queue}\n${topic}`)}`;
  const config: Partial<ConsumerConfig> = {
    filter_subject: streamSubject(topic),
    ack_policy: "explicit",
    deliver_policy: "new",
    ack_wait: ackWait * ns,
    max_deliver: -1,
    max_ack_pending: 1000,
    description: queue === undefined ? topic : `${topic} ${queue}`,
    ...(queue === undefined ? { name, inactive_threshold: forgottenAfter * ns } : { durable_name: name }),
  };
  await manager.consumers.add(streamName, config);
  return name;
}

/** Hashes a name: few characters are allowed in the name of a consumer. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
