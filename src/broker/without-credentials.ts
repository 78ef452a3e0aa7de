import type { Message } from "../core/message.js";

/** Lower-case names of headers that no message may carry, by length: most names differ in length already. */
const credentials: Readonly<Record<number, string>> = {
  6: "cookie",
  13: "authorization",
  19: "proxy-authorization",
};

/**
 * Returns the message without credentials, which are not meant for brokers and subscribers. A message that has none is
 * returned as it is.
 */
export function withoutCredentials(message: Message): Message {
  for (const name in message.header) if (isCredential(name)) return stripped(message);
  return message;
}

function isCredential(name: string): boolean {
  const credential = credentials[name.length];
  return credential !== undefined && name.toLowerCase() === credential;
}

function stripped({ header, body }: Message): Message {
  const kept = Object.entries(header).filter(([name]) => !isCredential(name));
  return { header: Object.fromEntries(kept), body };
}
