import { waitAtMost } from "../../../core/async/with-timeout.js";
import type { MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { MessageStream } from "../../../transport/transport.js";
import type { InFlight } from "../../in-flight.js";
import { type NegativeAck, type Run, writeRefusals, writeRuns } from "./acks.js";
import { readPublications } from "./feed-message.js";

/** A subscriber behind the port. */
export interface Receiver {
  readonly id: string;
  /** Resolves when it has acknowledged. */
  deliver(message: Message): Promise<void>;
}

export interface FeedReaderOptions {
  /** Returns the current subscribers of a topic without a queue. */
  readonly receivers: (topic: string) => readonly Receiver[];
  /** Returns the error that a publisher gets for what a receiver threw. */
  readonly publisherError: (topic: string, error: unknown) => MicroError;
  /** Counts the running handlers of the port. */
  readonly inFlight: InFlight;
  /** Most handlers that run at the same time. While that many run, nothing more is read. */
  readonly maxInFlight: number;
  /**
   * Milliseconds to wait for handlers after the publisher has ended the stream: one that hangs must not keep it open.
   */
  readonly ackWait: number;
}

interface Published {
  readonly topic: string;
  readonly message: Message;
}

/** The receiving end of a feed. Passes each publication to every subscriber, and acknowledges when the last is done. */
export class FeedReader {
  readonly #stream: MessageStream;
  readonly #options: FeedReaderOptions;
  /** Number of the next publication. */
  #number = 0;
  #acknowledged: { first: number; count: number }[] = [];
  #unanswered = 0;
  #scheduled = false;
  #onIdle = () => {};
  /** Resolves when the publisher can take more answers, or has left. */
  #lastSend: Promise<void> | undefined;

  constructor(stream: MessageStream, options: FeedReaderOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /**
   * Reads until the publisher ends the stream. Resolves when everything is answered, but at most `ackWait` after the
   * end.
   * @throws {MicroError} 400 if the stream is not a feed.
   */
  async read(): Promise<void> {
    const { inFlight, maxInFlight } = this.#options;
    for await (const message of this.#stream) {
      this.#receive(message);
      // Otherwise answers would pile up for a publisher that does not read them.
      await this.#lastSend;
      if (inFlight.count >= maxInFlight) await inFlight.below(maxInFlight);
    }
    await waitAtMost(this.#settled(), this.#options.ackWait, { ref: false });
  }

  /** Resolves when everything is answered and sent: closing the stream drops answers that wait for credit. */
  async #settled(): Promise<void> {
    if (this.#unanswered > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    this.#flush();
    await this.#lastSend;
  }

  #receive(message: Message): void {
    const { topic, header, bodies } = readPublications(message);
    const receivers = this.#options.receivers(topic);
    for (const body of bodies) {
      const number = this.#number;
      this.#number = (number + 1) >>> 0;
      if (receivers.length === 0) this.#acknowledge(number);
      else this.#deliver(number, { topic, message: { header, body } }, receivers);
    }
  }

  #deliver(number: number, { topic, message }: Published, receivers: readonly Receiver[]): void {
    const { publisherError, inFlight } = this.#options;
    this.#unanswered++;
    let left = receivers.length;
    let refusals: NegativeAck[] | undefined;
    const settled = () => {
      inFlight.leave();
      left--;
      if (left === 0) this.#answer(number, refusals);
    };
    for (const receiver of receivers) {
      inFlight.enter();
      receiver.deliver(message).then(settled, (error: unknown) => {
        refusals ??= [];
        refusals.push({ subscriber: receiver.id, error: publisherError(topic, error) });
        settled();
      });
    }
  }

  #answer(number: number, refusals: readonly NegativeAck[] | undefined): void {
    this.#unanswered--;
    if (refusals === undefined) this.#acknowledge(number);
    else this.#send(writeRefusals(number, refusals));
    if (this.#unanswered === 0) this.#onIdle();
  }

  /** Collects the acknowledgements of one tick in one message. */
  #acknowledge(number: number): void {
    const last = this.#acknowledged.at(-1);
    if (last && last.first + last.count === number) last.count++;
    else this.#acknowledged.push({ first: number, count: 1 });
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const runs: readonly Run[] = this.#acknowledged;
    if (runs.length === 0) return;
    this.#acknowledged = [];
    this.#send(writeRuns(runs));
  };

  /** Sends an answer. A publisher that has left needs none. */
  #send(answer: Message): void {
    this.#lastSend = this.#stream.send(answer).catch(() => {});
  }
}
