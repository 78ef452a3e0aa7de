/** Number of deliveries after which an unacknowledged message is given up. */
export const maxTries = 5;

/** Returns the topic for messages of `topic` that were given up. */
export function deadTopic(topic: string): string {
  return `${topic}.dead`;
}

/** The queue that keeps messages that were given up, whether or not it has a member yet. */
export const deadQueue = "dead";
