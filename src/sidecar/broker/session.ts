import { randomUUID } from "node:crypto";
import { unavailable } from "../../core/errors.js";
import { sidecarId } from "../options.js";
import { turnOver } from "./cork.js";
import type { EncodedMessage } from "./encoded-message.js";
import { maxQueued } from "./socket-queue.js";
import type { TopicSubscriber } from "./topics.js";

/** What a session writes to. */
export interface Sink {
  /** Whether it takes more at the moment; when it does again it calls `pump`. */
  readonly ready: boolean;
  message(seq: number, encoded: EncodedMessage): void;
  gap(gap: Gap): void;
  /** Ends a reader that is too slow. */
  tooSlow(): void;
}

/** Messages that the reader will not get: those from `from` to `to`, or nobody knows how many. */
export interface Gap {
  readonly from?: number;
  readonly to?: number;
  readonly topic?: string;
  readonly reason: string;
}

interface Kept {
  readonly seq: number;
  readonly encoded: EncodedMessage;
  /** Of a subscription that acknowledges; settled by the reader's word, or when the message is given up. */
  readonly settle?: { resolve(): void; reject(error: unknown): void };
}

/**
 * One reader's messages, numbered from 1: those sent and not acknowledged, and those still to send. It outlives the
 * reader's connection, so that one that comes back in time misses nothing. Beyond its bounds the oldest go.
 */
export class SubscriberSession {
  readonly id: string = randomUUID();
  readonly #slow: "gap" | "close";
  /** Ends of its subscriptions, by topic and queue. */
  readonly #ends = new Map<string, () => void>();
  #kept: Kept[] = [];
  #bytes = 0;
  #last = 0;
  #sent = 0;
  #sink: Sink | undefined;
  /** Resolves when the reader had a turn to get what waits. */
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

  /** Remembers a subscription by what ends it. */
  add(key: string, end: () => void): void {
    this.#ends.get(key)?.();
    this.#ends.set(key, end);
  }

  remove(key: string): void {
    this.#ends.get(key)?.();
    this.#ends.delete(key);
  }

  /** A subscriber for `Topics`; under `ack` a message counts as delivered when the reader says so. */
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

  /** Sends what comes after `seen`, first what of that is gone; to another reader nothing more is sent. */
  attach(sink: Sink, seen: number): void {
    this.#sink = sink;
    this.ack(seen);
    this.#sent = Math.min(seen, this.#last);
    this.pump();
  }

  /** The reader has left; what comes is kept for its return. */
  detach(sink: Sink): void {
    if (this.#sink === sink) this.#sink = undefined;
  }

  /** The reader has all up to `seq`. */
  ack(seq: number): void {
    const left = this.#kept.findIndex((kept) => kept.seq > seq);
    const done = this.#kept.splice(0, left < 0 ? this.#kept.length : left);
    for (const { encoded, settle } of done) {
      this.#bytes -= encoded.framed.length;
      settle?.resolve();
    }
  }

  /** Writes while the sink takes more. */
  pump(): void {
    while (this.#sink?.ready && this.#sent < this.#last) {
      const oldest = this.#kept[0]?.seq ?? this.#last + 1;
      if (this.#sent + 1 < oldest) {
        this.#sink.gap({ from: this.#sent + 1, to: oldest - 1, reason: "more than is kept" });
        this.#sent = oldest - 1;
        continue;
      }
      const next = this.#kept[this.#sent + 1 - oldest];
      if (!next) return;
      this.#sent = next.seq;
      this.#sink.message(next.seq, next.encoded);
    }
  }

  /** Ends its subscriptions; what nobody acknowledged is given up. */
  close(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
    for (const { settle } of this.#kept) settle?.reject(givenUp());
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
    if (this.#sink && this.#sent < this.#last) this.#written ??= turnOver().then(() => this.#look());
  }

  /** What the reader had no turn to get yet is not what it leaves: bursts are looked at after it. */
  #look(): void {
    this.#written = undefined;
    this.pump();
    this.#trim(this.#last);
  }

  /** Lets go of the oldest up to `seq` while there are too many. */
  #trim(seq: number): void {
    while (this.#kept.length > 1 && this.#bytes > maxQueued && (this.#kept[0]?.seq ?? seq) <= seq)
      this.#drop();
  }

  #drop(): void {
    const oldest = this.#kept.shift();
    if (!oldest) return;
    this.#bytes -= oldest.encoded.framed.length;
    oldest.settle?.reject(givenUp());
    if (oldest.seq <= this.#sent || this.#slow !== "close") return;
    this.#sink?.tooSlow();
    this.#sink = undefined;
  }
}

function givenUp(): Error {
  return unavailable(sidecarId, "deliver: the subscriber did not take it", { executed: "unknown" });
}
