import type { NatsConnection } from "@nats-io/transport-node";

/** What is used here of the library's own objects. Its types leave it out. */
interface Internals {
  readonly protocol?: { readonly transport?: Attempt };
}

interface Attempt {
  readonly connected?: boolean;
  readonly socket?: { destroy(): void };
}

/**
 * The last attempt of a connection to reconnect. The library keeps the socket of a server that accepts a connection and
 * never answers: while a server hangs, each attempt, of which there is one a second, would leave one more.
 */
export class LastAttempt {
  #attempt: Attempt | undefined;

  /** Call this when the library has begun an attempt. */
  began(connection: NatsConnection): void {
    this.drop();
    this.#attempt = (connection as unknown as Internals).protocol?.transport;
  }

  /** Closes the socket of an attempt that has failed. */
  drop(): void {
    if (this.#attempt?.connected === false) this.#attempt.socket?.destroy();
    this.#attempt = undefined;
  }
}
