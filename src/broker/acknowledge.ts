import { timeout } from "../core/errors.js";
import type { Message } from "../core/message.js";
import type { Publication, SubscribeOptions } from "./broker.js";

/** What a subscriber does with a message. */
export type PublicationHandler = (publication: Publication) => Promise<void>;

export interface AcknowledgeOptions extends Pick<SubscribeOptions, "autoAck"> {
  /** Milliseconds until an `ack` that does not come counts as refused. Default 30,000. */
  readonly ackWait?: number;
}

/** Default of `ackWait`: a message not acknowledged by then is delivered again, where the broker does that. */
export const defaultAckWait = 30_000;

/**
 * Runs `handler` and resolves when it acknowledged: by resolving, or by `ack` under `autoAck: false`.
 * @throws what the handler throws; {MicroError} 408 when no acknowledgement came in time.
 */
export function acknowledged(
  topic: string,
  message: Message,
  handler: PublicationHandler,
  options: AcknowledgeOptions = {},
): Promise<void> {
  const { ackWait = defaultAckWait, autoAck = true } = options;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late(topic, ackWait)), ackWait);
    const ack = () => {
      clearTimeout(timer);
      resolve();
    };
    const refuse = (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    };
    const run = async () => handler({ topic, message, ack: async () => ack() });
    run().then(autoAck ? ack : undefined, refuse);
  });
}

function late(topic: string, ackWait: number) {
  return timeout("go.micro.broker", `message of topic "${topic}": not acknowledged in ${ackWait}ms`);
}
