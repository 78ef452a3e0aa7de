import type { EventStream } from "../../http/stream/event-stream.js";
import { maxAhead } from "../../http/stream/websocket.js";
import type { EncodedMessage } from "./encoded-message.js";
import type { Gap, SessionConnection, SubscriberSession } from "./session.js";
import type { SubscriberSessions } from "./sessions.js";

/** A subscriber over server-sent events. The event id holds session and sequence number, for reconnecting. */
export class SubscriberEvents implements SessionConnection {
  readonly #events: EventStream;
  readonly #session: SubscriberSession;
  #waiting: Promise<void> | undefined;

  constructor(events: EventStream, session: SubscriberSession, sessions: SubscriberSessions) {
    this.#events = events;
    this.#session = session;
    const left = () => {
      session.detach(this);
      sessions.release(session);
    };
    events.signal.addEventListener("abort", left);
    // The client disconnected before it was attached.
    if (events.signal.aborted) queueMicrotask(left);
  }

  get ready(): boolean {
    if (this.#events.pending < maxAhead) return true;
    this.#waiting ??= this.#events.drained().then(() => {
      this.#waiting = undefined;
      this.#session.pump();
    });
    return false;
  }

  message(seq: number, { framed }: EncodedMessage): void {
    this.#events.send("message", `{"seq":${seq},${framed}`, `${this.#session.id}:${seq}`);
  }

  gap(gap: Gap): void {
    this.#events.send("gap", JSON.stringify(gap));
  }

  tooSlow(): void {
    this.#events.end();
  }
}

/** Parses `Last-Event-ID` of a reconnecting client. */
export function readLastEvent(id: string | undefined): { session: string | undefined; seq: number } {
  const match = /^([\w-]{1,64}):(\d{1,15})$/.exec(id ?? "");
  return { session: match?.[1], seq: Number(match?.[2] ?? 0) };
}
