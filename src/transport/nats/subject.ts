/** Characters that have a meaning in a subject, are not allowed in one, or start an escape. */
const special = /[%*>\s\p{Cc}]/gu;

/** A topic that is a valid subject. */
const plain = /^[\w:-]+(\.[\w:-]+)*$/;

/**
 * The NATS subject of a topic. Like in the Go brokers, that is the topic itself if it is a valid subject without
 * wildcards. Else special characters become `%` and four hex digits, and an empty part becomes `%`.
 */
export function subjectOf(topic: string): string {
  if (plain.test(topic)) return topic;
  const parts = topic.split(".").map((part) => (part === "" ? "%" : part.replace(special, escaped)));
  return parts.join(".");
}

function escaped(character: string): string {
  return `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
