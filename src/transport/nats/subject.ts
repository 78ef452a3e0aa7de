/** What has a meaning in a subject, cannot be in one, or marks the escape itself. */
const special = /[%*>\s\p{Cc}]/gu;

/** A topic that is a subject as it stands. */
const plain = /^[\w:-]+(\.[\w:-]+)*$/;

/**
 * The NATS subject of a topic: the topic itself, as the Go brokers have it, where that is a subject without
 * wildcards; else with the characters in question as `%` and their code in four hex digits, and an empty part as `%`.
 */
export function subjectOf(topic: string): string {
  if (plain.test(topic)) return topic;
  const parts = topic.split(".").map((part) => (part === "" ? "%" : part.replace(special, escaped)));
  return parts.join(".");
}

function escaped(character: string): string {
  return `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
