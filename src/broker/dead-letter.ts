/** Tries of a message that is not acknowledged, before it is given up. */
export const maxTries = 5;

/** The topic of the messages of `topic` that were given up. */
export function deadTopic(topic: string): string {
  return `${topic}.dead`;
}

/** The queue for which they are kept, whether or not it has a member yet. */
export const deadQueue = "dead";
