import { MicroError } from "../../../core/errors.js";
import { emptyBody, type Message } from "../../../core/message.js";
import { gone } from "../../fan-out.js";

/** Headers that carry subscriber and topic over mux. Their values repeat, so mux sends each only once. */
const subscriberName = "Micro-Endpoint";
const topicName = "Micro-Method";

/** True if the header uses names that mux needs for itself. */
export function clashes({ header }: Message): boolean {
  return subscriberName in header || topicName in header;
}

/** Returns the call that carries `message` to one subscriber. */
export function addressed(topic: string, subscriber: string, { header, body }: Message): Message {
  return { header: { ...header, [subscriberName]: subscriber, [topicName]: topic }, body };
}

/** Reads such a call. */
export function readAddressed({ header, body }: Message): {
  readonly topic: string;
  readonly subscriber: string;
  readonly message: Message;
} {
  const { [subscriberName]: subscriber = "", [topicName]: topic = "", ...rest } = header;
  return { topic, subscriber, message: { header: rest, body } };
}

/** The replies of a subscriber that has acknowledged, and for one that no longer exists. */
export const acknowledgement: Message = { header: {}, body: emptyBody };
export const notSubscribed: Message = { header: { "X-Micro-Not-Executed": "1" }, body: emptyBody };

/** Returns the reply of a subscriber that has refused. */
export function refusal(error: MicroError): Message {
  return { header: { "Micro-Error": JSON.stringify(error) }, body: emptyBody };
}

/** @throws {MicroError} the error in the reply, if it is not an acknowledgement. */
export function throwRefusal(subscriber: string, { header }: Message): void {
  if (header["X-Micro-Not-Executed"] !== undefined) throw gone(subscriber);
  const error = header["Micro-Error"];
  if (error !== undefined) throw MicroError.parse(error).with({ reason: "REMOTE_ERROR", executed: "yes" });
}
