import type { Broker, Publication } from "../../broker/broker.js";
import type { Message } from "../../core/message.js";
import type { Collector } from "../collector.js";

/** Options of a broker that a case opens. */
export interface OpenBrokerOptions {
  /** Milliseconds for a subscriber to acknowledge, if publishing waits for that. Default: that of the broker. */
  readonly timeout?: number;
}

/** Opens a broker. All brokers of one suite reach each other. */
export type OpenBroker = (options?: OpenBrokerOptions) => Promise<Broker>;

let topics = 0;

/** A topic that no other case uses. */
export function freshTopic(): string {
  topics++;
  return `suite.${process.pid}.${Date.now()}.${topics}`;
}

export function textMessage(text: string, header: Record<string, string> = {}): Message {
  return { header, body: Buffer.from(text) };
}

export function textOf({ body }: Message): string {
  return Buffer.from(body).toString();
}

/** A handler that collects messages, and acknowledges by resolving. */
export function into(collector: Collector<string>): (publication: Publication) => Promise<void> {
  return async ({ message }) => collector.add(textOf(message));
}
