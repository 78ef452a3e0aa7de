import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";

/** NGHTTP2_ENHANCE_YOUR_CALM, without loading what speaks HTTP/2. */
export const enhanceYourCalm = 11;

/** Bytes handed over at once: a piece that goes out shows that the reader moves. Source: the longest usual frame. */
const piece = 16 * 1024;

export interface QueueLimits {
  /** Bytes that may wait for one connection; an answer that goes beyond is reset. */
  readonly session: number;
  /** Bytes that may wait in all; beyond them the connection with the most ends. */
  readonly total: number;
  /** Milliseconds after which a stream of which nothing goes out is reset. */
  readonly stalled: number;
}

type Done = (error?: Error | null) => void;
type Write = (chunk: Buffer | string, encoding: BufferEncoding, done: Done) => void;

/** Bytes that wait for one connection. */
interface Waiting {
  readonly session: ServerHttp2Session;
  bytes: number;
}

/** Bytes that wait in one stream, and when some last went out or the first began to wait. */
interface Held {
  readonly of: Waiting;
  bytes: number;
  movedAt: number;
}

/**
 * What answers over HTTP/2 leave waiting while clients keep their windows shut: none of it is with the socket, so that
 * this one looks idle.
 */
export class Http2Queues {
  readonly #limits: QueueLimits;
  readonly #streams = new Map<ServerHttp2Stream, Held>();
  readonly #sessions = new Set<Waiting>();
  #total = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Watches all that is written to the streams of `session`. */
  watch(session: ServerHttp2Session): void {
    const waiting: Waiting = { session, bytes: 0 };
    this.#sessions.add(waiting);
    // before the request is handled: it may be answered at once
    session.prependListener("stream", (stream: ServerHttp2Stream) => this.#watch(stream, waiting));
    session.once("close", () => this.#sessions.delete(waiting));
  }

  /** Resets what stands still. */
  look(now: number): void {
    for (const [stream, { bytes, movedAt }] of this.#streams)
      if (bytes > 0 && now - movedAt > this.#limits.stalled) stream.close(enhanceYourCalm);
  }

  #watch(stream: ServerHttp2Stream, of: Waiting): void {
    const held: Held = { of, bytes: 0, movedAt: 0 };
    this.#streams.set(stream, held);
    stream.once("close", () => {
      this.#streams.delete(stream);
      this.#gone(held, held.bytes);
    });
    const original = stream._write.bind(stream) as Write;
    const write: Write = (chunk, encoding, done) => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
      if (this.#holds(held, bytes.length)) this.#inPieces(held, original, bytes, done);
      else {
        stream.close(enhanceYourCalm);
        done();
      }
    };
    // one chunk after the other: many at once would hide whether any goes out
    Object.assign(stream, { _write: write, _writev: null });
  }

  #inPieces(held: Held, write: Write, bytes: Buffer, done: Done): void {
    const now = bytes.subarray(0, piece);
    write(now, "buffer" as BufferEncoding, (error) => {
      this.#gone(held, now.length);
      if (error || bytes.length <= piece) done(error);
      else this.#inPieces(held, write, bytes.subarray(piece), done);
    });
  }

  /** Counts bytes that begin to wait, if there is room for them. */
  #holds(held: Held, bytes: number): boolean {
    if (held.of.bytes + bytes > this.#limits.session) return false;
    if (held.bytes === 0) held.movedAt = performance.now();
    held.bytes += bytes;
    held.of.bytes += bytes;
    this.#total += bytes;
    if (this.#total > this.#limits.total) this.#endGreediest();
    return true;
  }

  #gone(held: Held, bytes: number): void {
    const counted = Math.min(bytes, held.bytes);
    held.bytes -= counted;
    held.of.bytes -= counted;
    this.#total -= counted;
    held.movedAt = performance.now();
  }

  #endGreediest(): void {
    let most: Waiting | undefined;
    for (const waiting of this.#sessions) if (waiting.bytes > (most?.bytes ?? 0)) most = waiting;
    most?.session.destroy(undefined, enhanceYourCalm);
  }
}
