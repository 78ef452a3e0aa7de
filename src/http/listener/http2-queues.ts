import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";

/** NGHTTP2_ENHANCE_YOUR_CALM. A constant, to avoid loading `node:http2`. */
export const enhanceYourCalm = 11;

/** Bytes per write. A completed write shows that the client reads. Source: the default maximum frame size. */
const piece = 16 * 1024;

export interface QueueLimits {
  /** Unsent bytes per connection. A stream that exceeds it is reset. */
  readonly session: number;
  /** Unsent bytes of all connections. Beyond it, the connection with the most is closed. */
  readonly total: number;
  /** Milliseconds without progress after which a stream is reset. */
  readonly stalled: number;
}

type Done = (error?: Error | null) => void;
type Write = (chunk: Buffer | string, encoding: BufferEncoding, done: Done) => void;

/** Unsent bytes of one connection. */
interface Waiting {
  readonly session: ServerHttp2Session;
  bytes: number;
}

/** Unsent bytes of one stream, and when it last made progress or started to wait. */
interface Held {
  readonly of: Waiting;
  bytes: number;
  movedAt: number;
}

/**
 * Limits the response bytes that wait for HTTP/2 clients with a closed flow-control window. They are not in the
 * socket's buffer, so the socket looks idle.
 */
export class Http2Queues {
  readonly #limits: QueueLimits;
  readonly #streams = new Map<ServerHttp2Stream, Held>();
  readonly #sessions = new Set<Waiting>();
  #total = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Counts everything written to the streams of `session`. */
  watch(session: ServerHttp2Session): void {
    const waiting: Waiting = { session, bytes: 0 };
    this.#sessions.add(waiting);
    // Prepended, because the request may be answered at once.
    session.prependListener("stream", (stream: ServerHttp2Stream) => this.#watch(stream, waiting));
    session.once("close", () => this.#sessions.delete(waiting));
  }

  /** Resets stalled streams. */
  check(now: number): void {
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
    // One chunk at a time, so that progress can be seen.
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

  /** Counts bytes as unsent. False if the connection is over its limit. */
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
