import type { JetStreamClient, JetStreamManager, JsMsg } from "@nats-io/jetstream";
import type { Closeable } from "../../core/closeable.js";
import { MicroError, unavailable } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { missing } from "../../core/optional-packages.js";
import {
  SharedNatsConnection,
  type SharedNatsConnectionOptions,
} from "../../transport/nats/nats-connection.js";
import { defaultAckWait } from "../acknowledge.js";
import { deadQueue, deadTopic, maxTries } from "../at-least-once/dead-letter.js";
import type { Backend, EnvelopeHandler, ReceiveOptions } from "../backend.js";
import { refuseTooLarge } from "./nats.js";
import { PullConsumer } from "./pull-consumer.js";
import { ensureConsumer, ensureStream, recovered, streamSubject } from "./stream.js";

export interface JetStreamOptions extends Pick<SharedNatsConnectionOptions, "addresses" | "tls"> {
  /** Milliseconds after which an unacknowledged message is delivered again. Default 30,000. */
  readonly ackWait?: number;
  readonly log?: Log;
}

interface JetStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** Milliseconds for the server to store a message. */
const storeTimeout = 5000;

/** NATS with JetStream, which delivers at least once. Sending resolves when the message is stored. */
export class JetStreamBackend implements Backend {
  readonly #connection: SharedNatsConnection;
  readonly #ackWait: number;
  readonly #log: Log;
  readonly #consuming = new Set<PullConsumer>();
  #opening: Promise<JetStream> | undefined;

  constructor({ ackWait = defaultAckWait, log = silent, ...options }: JetStreamOptions) {
    const onReconnect = () => {
      for (const consuming of this.#consuming) consuming.renew();
    };
    this.#connection = new SharedNatsConnection({
      ...options,
      id: "go.micro.broker",
      reason: "BROKER_UNREACHABLE",
      onReconnect,
    });
    this.#ackWait = ackWait;
    this.#log = log;
  }

  get address(): string {
    return this.#connection.address;
  }

  async open(): Promise<void> {
    await this.#jetStream();
  }

  async #jetStream(): Promise<JetStream> {
    await this.#connection.open();
    this.#opening ??= this.#begin();
    return this.#opening;
  }

  async #begin(): Promise<JetStream> {
    try {
      const { jetstream } = await import("@nats-io/jetstream").catch(missing("@nats-io/jetstream"));
      const client = jetstream(await this.#connection.open());
      const manager = await client.jetstreamManager();
      await ensureStream(manager);
      return { client, manager };
    } catch (error) {
      this.#opening = undefined;
      throw refused("open JetStream", error);
    }
  }

  #reopen(): Promise<JetStream> {
    const opening = recovered().then(() => this.#begin());
    opening.catch(() => undefined);
    return opening;
  }

  async send(topic: string, envelope: string): Promise<void> {
    const { client } = await this.#jetStream();
    const opening = this.#opening;
    const payload = Buffer.from(envelope);
    refuseTooLarge(topic, payload, this.#connection.maxPayload);
    try {
      await client.publish(streamSubject(topic), payload, { timeout: storeTimeout });
    } catch (error) {
      // The stream may have been deleted, or lost with the server's disk. The next message recreates it.
      if (this.#opening === opening) this.#opening = this.#reopen();
      throw refused(`publish "${topic}"`, error);
    }
  }

  async receive(topic: string, handler: EnvelopeHandler, { queue }: ReceiveOptions): Promise<Closeable> {
    const consuming: PullConsumer = new PullConsumer({
      consumer: async () => {
        const { client, manager } = await this.#jetStream();
        // recreate the stream here too: it may be long until somebody publishes
        await ensureStream(manager);
        const name = await ensureConsumer(manager, topic, queue, this.#ackWait);
        return { client, name };
      },
      handle: (message) => this.#deliver(topic, message, handler),
      missed: (reason) => handler.missed(reason),
      kept: queue !== undefined,
      onClose: () => this.#consuming.delete(consuming),
    });
    await consuming.start();
    this.#consuming.add(consuming);
    return consuming;
  }

  /** Acknowledges a message that was handled. The server delivers any other again. */
  async #deliver(topic: string, message: JsMsg, handler: EnvelopeHandler): Promise<void> {
    const tries = message.info.deliveryCount;
    if (tries > maxTries) return this.#giveUp(topic, message);
    try {
      await handler.handle(message.string());
      message.ack();
    } catch {
      if (tries === maxTries) await this.#giveUp(topic, message);
    }
  }

  async #giveUp(topic: string, message: JsMsg): Promise<void> {
    const dead = deadTopic(topic);
    try {
      const { manager } = await this.#jetStream();
      await ensureConsumer(manager, dead, deadQueue, this.#ackWait);
      await this.send(dead, message.string());
      message.term();
      this.#log.error({ topic, dead }, "message given up");
    } catch (error) {
      this.#log.error({ err: error, topic, dead }, "message not given up yet");
    }
  }

  async close(): Promise<void> {
    await this.#connection.flush().catch(() => undefined);
    await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function refused(what: string, error: unknown): MicroError {
  if (MicroError.is(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return unavailable("go.micro.broker", `${what}: ${why}`, { reason: "BROKER_UNREACHABLE", cause: error });
}
