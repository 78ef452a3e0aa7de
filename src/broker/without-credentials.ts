import type { Message } from "../core/message.js";

/** Names of headers that no message carries, in lower case, by their length: most names are told apart by that. */
const credentials: Readonly<Record<number, string>> = {
  6: "cookie",
  13: "authorization",
  19: "proxy-authorization",
};

/**
 * The message without credentials: those who store messages, and all who read them, are not whom they were meant for.
 * A message that has none is returned as it is.
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
