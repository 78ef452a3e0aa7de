import { waitAtMost } from "../../../core/async/with-timeout.js";
import type { MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { MessageStream } from "../../../transport/transport.js";
import type { InFlight } from "../../in-flight.js";
import { type NegativeAck, type Run, writeRefusals, writeRuns } from "./acks.js";
import { readPublications } from "./feed-message.js";

/** One subscriber of the port. */
export interface Receiver {
  readonly id: string;
  /** Resolves when it acknowledged. */
  deliver(message: Message): Promise<void>;
}

export interface FeedReaderOptions {
  /** The subscribers of a topic that have no queue, as they are now. */
  readonly receivers: (topic: string) => readonly Receiver[];
  /** What publishers are told of what a receiver threw. */
  readonly publisherError: (topic: string, error: unknown) => MicroError;
  /** Counts the handlers of the port. */
  readonly inFlight: InFlight;
  /** Handlers at one time: until there are fewer nothing more is read. */
  readonly maxInFlight: number;
  /** Milliseconds for what is under way when the publisher ends: a handler that hangs does not keep the stream. */
  readonly ackWait: number;
}

interface Published {
  readonly topic: string;
  readonly message: Message;
}

/** The reading end of a feed: gives each publication to all who subscribe, and answers when the last is through. */
export class FeedReader {
  readonly #stream: MessageStream;
  readonly #options: FeedReaderOptions;
  /** Of the next publication. */
  #number = 0;
  #acknowledged: { first: number; count: number }[] = [];
  #unanswered = 0;
  #scheduled = false;
  #onIdle = () => {};
  /** Resolves when the publisher takes more answers, or has left. */
  #said: Promise<void> | undefined;

  constructor(stream: MessageStream, options: FeedReaderOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /**
   * Resolves when the publisher has ended and all is answered, or `ackWait` after it has ended.
   * @throws {MicroError} 400 for what is no feed.
   */
  async read(): Promise<void> {
    const { inFlight, maxInFlight } = this.#options;
    for await (const message of this.#stream) {
      this.#receive(message);
      // Answers to a publisher that does not read them would pile up.
      await this.#said;
      if (inFlight.count >= maxInFlight) await inFlight.below(maxInFlight);
    }
    await waitAtMost(this.#through(), this.#options.ackWait, { ref: false });
  }

  /** Resolves when all is answered, and the publisher has room for the answers: the end of a stream drops the others. */
  async #through(): Promise<void> {
    if (this.#unanswered > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    this.#flush();
    await this.#said;
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
    else this.#say(writeRefusals(number, refusals));
    if (this.#unanswered === 0) this.#onIdle();
  }

  /** Gathers the acknowledgements of one turn into one message. */
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
    this.#say(writeRuns(runs));
  };

  /** A publisher that has left needs no answer. */
  #say(answer: Message): void {
    this.#said = this.#stream.send(answer).catch(() => {});
  }
}
