import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { asBuffer } from "../../core/text/as-buffer.js";
import { subjectOf } from "../../transport/nats/subject.js";
import type { EnvelopeHandler } from "../backend.js";
import { InFlight } from "../in-flight.js";

interface Receiver {
  readonly handler: EnvelopeHandler;
  readonly inFlight: InFlight;
  readonly maxInFlight: number;
}

/** One subscription on the server, shared by all receivers in this process that want the same. */
export class NatsSubscription {
  readonly #subscription: Subscription;
  readonly #receivers = new Set<Receiver>();

  constructor(connection: NatsConnection, topic: string, queue: string | undefined) {
    this.#subscription = connection.subscribe(subjectOf(topic), {
      queue: queue === undefined ? undefined : subjectOf(queue),
      callback: (error, message) => (error ? this.missed(error.message) : this.#receive(message)),
    });
  }

  /** Adds a receiver. Returns the function that removes it. */
  join(handler: EnvelopeHandler, maxInFlight: number): () => void {
    const receiver = { handler, inFlight: new InFlight(), maxInFlight };
    this.#receivers.add(receiver);
    return () => this.#receivers.delete(receiver);
  }

  get unused(): boolean {
    return this.#receivers.size === 0;
  }

  missed(reason: string): void {
    for (const { handler } of this.#receivers) handler.missed(reason);
  }

  /** Unsubscribes. Running handlers continue. */
  end(): void {
    this.#subscription.unsubscribe();
  }

  #receive({ data }: Msg): void {
    const envelope = asBuffer(data).toString();
    for (const { handler, inFlight, maxInFlight } of this.#receivers) {
      if (inFlight.count >= maxInFlight) handler.missed("dropped: the subscriber is too slow");
      else inFlight.add(handler.handle(envelope));
    }
  }
}
