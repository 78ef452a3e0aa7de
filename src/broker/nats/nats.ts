import type { Closeable } from "../../core/closeable.js";
import { tooLarge } from "../../core/errors.js";
import { NatsLink, type NatsLinkOptions } from "../../transport/nats/link.js";
import { subjectOf } from "../../transport/nats/subject.js";
import type { ReceiveOptions, Relay, Taker } from "../relay.js";
import { UnderWay } from "../under-way.js";

/** NATS as it is: at most once. Sending resolves when the server has the message. */
export class NatsRelay implements Relay {
  readonly #link: NatsLink;
  readonly #takers = new Set<Taker>();

  constructor(options: Pick<NatsLinkOptions, "addresses" | "tls">) {
    const onReconnect = () => {
      for (const taker of this.#takers) taker.missed("reconnected to the server");
    };
    this.#link = new NatsLink({
      ...options,
      id: "go.micro.broker",
      reason: "BROKER_UNREACHABLE",
      onReconnect,
    });
  }

  get address(): string {
    return this.#link.address;
  }

  async open(): Promise<void> {
    await this.#link.open();
  }

  async send(topic: string, envelope: string): Promise<void> {
    const connection = this.#link.live ?? (await this.#link.open());
    const payload = Buffer.from(envelope);
    refuseTooLarge(topic, payload, this.#link.maxPayload);
    connection.publish(subjectOf(topic), payload);
    await this.#link.flush();
  }

  async receive(topic: string, taker: Taker, { queue, maxUnderWay }: ReceiveOptions): Promise<Closeable> {
    const connection = await this.#link.open();
    const underWay = new UnderWay();
    const subscription = connection.subscribe(subjectOf(topic), {
      queue: queue === undefined ? undefined : subjectOf(queue),
      callback: (error, message) => {
        if (error) return taker.missed(error.message);
        if (underWay.count >= maxUnderWay) return taker.missed("dropped: the subscriber is too slow");
        underWay.add(taker.take(message.string()));
      },
    });
    await this.#link.flush();
    this.#takers.add(taker);
    const close = async () => {
      this.#takers.delete(taker);
      subscription.unsubscribe();
      await this.#link.flush().catch(() => undefined);
    };
    return { close, [Symbol.asyncDispose]: close };
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws {MicroError} 413 when the server would not take a message of that size. */
export function refuseTooLarge(topic: string, { length: size }: Buffer, limit: number): void {
  if (size <= limit) return;
  throw tooLarge(
    "go.micro.broker",
    `publish "${topic}": ${size} bytes with its header, limit of the server ${limit}`,
  );
}
