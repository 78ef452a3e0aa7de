import type { Closeable } from "../../core/closeable.js";
import { unavailable } from "../../core/errors.js";
import { sidecarId } from "../options.js";
import { SubscriberSession } from "./session.js";

/** Milliseconds for which a session waits for its client to reconnect. */
const keptFor = 60_000;
/** Maximum number of sessions, including waiting ones. */
const maxSessions = 10_000;

/** The sessions of all clients, by id. */
export class SubscriberSessions implements Closeable {
  readonly #slow: "gap" | "close";
  readonly #sessions = new Map<string, SubscriberSession>();
  readonly #leaving = new Map<SubscriberSession, NodeJS.Timeout>();

  constructor(slow: "gap" | "close") {
    this.#slow = slow;
  }

  /** The session with that id if it still exists, else a new one. @throws {MicroError} 503 when there are too many. */
  open(id: string | undefined): { readonly session: SubscriberSession; readonly resumed: boolean } {
    const known = id === undefined ? undefined : this.#sessions.get(id);
    if (known) return { session: this.#returned(known), resumed: true };
    if (this.#sessions.size >= maxSessions)
      throw unavailable(sidecarId, "broker: too many sessions", { executed: "no" });
    const session = new SubscriberSession(this.#slow);
    this.#sessions.set(session.id, session);
    return { session, resumed: false };
  }

  /** Its client has disconnected: ends the session unless it reconnects in time. */
  release(session: SubscriberSession): void {
    if (session.connected || this.#leaving.has(session)) return;
    const timer = setTimeout(() => this.end(session), keptFor);
    this.#leaving.set(session, timer.unref());
  }

  end(session: SubscriberSession): void {
    clearTimeout(this.#leaving.get(session));
    this.#leaving.delete(session);
    this.#sessions.delete(session.id);
    session.close();
  }

  async close(): Promise<void> {
    for (const session of [...this.#sessions.values()]) this.end(session);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #returned(session: SubscriberSession): SubscriberSession {
    clearTimeout(this.#leaving.get(session));
    this.#leaving.delete(session);
    return session;
  }
}
