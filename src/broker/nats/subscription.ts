import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { subjectOf } from "../../transport/nats/subject.js";
import type { Taker } from "../backend.js";
import { InFlight } from "../in-flight.js";

interface Receiver {
  readonly taker: Taker;
  readonly underWay: InFlight;
  readonly maxUnderWay: number;
}

/** One subscription of the server, for all in this process who want the same. */
export class NatsSubscription {
  readonly #subscription: Subscription;
  readonly #receivers = new Set<Receiver>();

  constructor(connection: NatsConnection, topic: string, queue: string | undefined) {
    this.#subscription = connection.subscribe(subjectOf(topic), {
      queue: queue === undefined ? undefined : subjectOf(queue),
      callback: (error, message) => (error ? this.missed(error.message) : this.#receive(message)),
    });
  }

  /** Adds one who gets each message, and returns what takes it out. */
  join(taker: Taker, maxUnderWay: number): () => void {
    const receiver = { taker, underWay: new InFlight(), maxUnderWay };
    this.#receivers.add(receiver);
    return () => this.#receivers.delete(receiver);
  }

  get unused(): boolean {
    return this.#receivers.size === 0;
  }

  missed(reason: string): void {
    for (const { taker } of this.#receivers) taker.missed(reason);
  }

  /** What is under way goes on. */
  end(): void {
    this.#subscription.unsubscribe();
  }

  #receive({ data }: Msg): void {
    const envelope = Buffer.from(data.buffer, data.byteOffset, data.length).toString();
    for (const { taker, underWay, maxUnderWay } of this.#receivers) {
      if (underWay.count >= maxUnderWay) taker.missed("dropped: the subscriber is too slow");
      else underWay.add(taker.take(envelope));
    }
  }
}
