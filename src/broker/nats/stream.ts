import { createHash, randomUUID } from "node:crypto";
import type { ConsumerConfig, JetStreamManager } from "@nats-io/jetstream";
import { sleep } from "../../core/time/clock.js";
import { subjectOf } from "../../transport/nats/subject.js";

/** The one stream that holds what is published, until every queue acknowledged. */
export const streamName = "MICRO";

/** The subject of a topic within the stream. */
export function streamSubject(topic: string): string {
  return `micro.${subjectOf(topic)}`;
}

/** Milliseconds before what is gone is made again: a stream made while the server still deletes it takes no messages. */
const recovery = 500;

/** Resolves when what is gone may be made again, or at the signal. */
export function recovered(signal?: AbortSignal): Promise<void> {
  return sleep(recovery, { signal, ref: false }).catch(() => undefined);
}

const ns = 1_000_000;
const day = 24 * 60 * 60 * 1000;
/** Milliseconds after which the server forgets a subscriber without a queue that is gone. */
const forgottenAfter = 5 * 60 * 1000;

/** Makes the stream unless it is there: a week, or a million messages, at most; beyond that publishing fails. */
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

/** Makes the consumer of a queue, or one for a subscriber without a queue, and resolves with its name. */
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

/** Names of consumers may hold few characters. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
