import { randomUUID } from "node:crypto";
import { unavailable } from "../../core/errors.js";
import { sidecarId } from "../options.js";
import { turnOver } from "./cork.js";
import type { EncodedMessage } from "./encoded-message.js";
import { maxQueued } from "./socket-queue.js";
import type { TopicSubscriber } from "./topics.js";

/** The connection that a session writes to. */
export interface SessionConnection {
  /** True if it can take more. When it becomes ready again, it calls `pump`. */
  readonly ready: boolean;
  message(seq: number, encoded: EncodedMessage): void;
  gap(gap: Gap): void;
  /** Disconnects a client that is too slow. */
  tooSlow(): void;
}

/** Messages that the client has missed: from `from` to `to`, or an unknown number. */
export interface Gap {
  readonly from?: number;
  readonly to?: number;
  readonly topic?: string;
  readonly reason: string;
}

interface Kept {
  readonly seq: number;
  readonly encoded: EncodedMessage;
  /** Set for subscriptions with acknowledgement. Settled by the client's `ack`, or when the message is dropped. */
  readonly settle?: { resolve(): void; reject(error: unknown): void };
}

/**
 * The messages of one client, numbered from 1: unacknowledged ones and those still to send. A session outlives the
 * connection, so that a client that reconnects in time misses nothing. If there are too many, the oldest are dropped.
 */
export class SubscriberSession {
  readonly id: string = randomUUID();
  readonly #slow: "gap" | "close";
  /** Functions that end its subscriptions, by topic and queue. */
  readonly #ends = new Map<string, () => void>();
  #kept: Kept[] = [];
  #bytes = 0;
  #last = 0;
  #sent = 0;
  #sink: SessionConnection | undefined;
  /** Resolves when the connection has had a turn of the event loop to write. */
  #written: Promise<void> | undefined;

  constructor(slow: "gap" | "close") {
    this.#slow = slow;
  }

  get connected(): boolean {
    return this.#sink !== undefined;
  }

  /** The number of the last message. */
  get last(): number {
    return this.#last;
  }

  get subscriptions(): ReadonlyMap<string, () => void> {
    return this.#ends;
  }

  /** Adds a subscription, as a function that ends it. */
  add(key: string, end: () => void): void {
    this.#ends.get(key)?.();
    this.#ends.set(key, end);
  }

  remove(key: string): void {
    this.#ends.get(key)?.();
    this.#ends.delete(key);
  }

  /** A subscriber for `Topics`. With `ack`, a message counts as delivered when the client acknowledges it. */
  subscriber(ack: boolean): TopicSubscriber {
    return {
      deliver: (encoded) => {
        if (ack) return this.#promised(encoded);
        this.#keep({ seq: ++this.#last, encoded });
        return this.#written;
      },
      gap: (topic, reason) => this.#sink?.gap({ topic, reason }),
    };
  }

  /** Sends the messages after `seen` to `sink`, with a gap first if some were dropped. Replaces any earlier sink. */
  attach(sink: SessionConnection, seen: number): void {
    this.#sink = sink;
    this.ack(seen);
    this.#sent = Math.min(seen, this.#last);
    this.pump();
  }

  /** The client has disconnected. Further messages are kept for its return. */
  detach(sink: SessionConnection): void {
    if (this.#sink === sink) this.#sink = undefined;
  }

  /** The client has received all messages up to `seq`. */
  ack(seq: number): void {
    const left = this.#kept.findIndex((kept) => kept.seq > seq);
    const done = this.#kept.splice(0, left < 0 ? this.#kept.length : left);
    for (const { encoded, settle } of done) {
      this.#bytes -= encoded.framed.length;
      settle?.resolve();
    }
  }

  /** Writes messages while the sink is ready. */
  pump(): void {
    while (this.#sink?.ready && this.#sent < this.#last) {
      const oldest = this.#kept[0]?.seq ?? this.#last + 1;
      if (this.#sent + 1 < oldest) {
        this.#sink.gap({ from: this.#sent + 1, to: oldest - 1, reason: "dropped: too many messages" });
        this.#sent = oldest - 1;
        continue;
      }
      const next = this.#kept[this.#sent + 1 - oldest];
      if (!next) return;
      this.#sent = next.seq;
      this.#sink.message(next.seq, next.encoded);
    }
  }

  /** Ends its subscriptions, and rejects unacknowledged messages. */
  close(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
    for (const { settle } of this.#kept) settle?.reject(notTaken());
    this.#kept = [];
    this.#bytes = 0;
  }

  #promised(encoded: EncodedMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#keep({ seq: ++this.#last, encoded, settle: { resolve, reject } });
    });
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept);
    this.#bytes += kept.encoded.framed.length;
    this.pump();
    this.#trim(this.#sink ? this.#sent : this.#last);
    if (this.#sink && this.#sent < this.#last) this.#written ??= turnOver().then(() => this.#trimUnsent());
  }

  /** Trims only after the connection has had a turn to write, so that a burst does not count as a slow client. */
  #trimUnsent(): void {
    this.#written = undefined;
    this.pump();
    this.#trim(this.#last);
  }

  /** Drops the oldest messages, up to `seq`, while there are too many. */
  #trim(seq: number): void {
    while (this.#kept.length > 1 && this.#bytes > maxQueued && (this.#kept[0]?.seq ?? seq) <= seq)
      this.#drop();
  }

  #drop(): void {
    const oldest = this.#kept.shift();
    if (!oldest) return;
    this.#bytes -= oldest.encoded.framed.length;
    oldest.settle?.reject(notTaken());
    if (oldest.seq <= this.#sent || this.#slow !== "close") return;
    this.#sink?.tooSlow();
    this.#sink = undefined;
  }
}

function notTaken(): Error {
  return unavailable(sidecarId, "deliver: the subscriber did not take it", { executed: "unknown" });
}
