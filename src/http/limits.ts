/** Bounds of a listener. Sizes are bytes, times milliseconds. */
export interface Limits {
  readonly body: number;
  readonly headers: number;
  readonly url: number;
  readonly connections: number;
  readonly connectionsPerClient: number;
  readonly headersTimeout: number;
  /** For a whole request, body included; 0 where bodies are streamed and only their rate counts. */
  readonly requestTimeout: number;
  /** Milliseconds after which a client connection without a request is closed. */
  readonly keepAlive: number;
  /** A peer that takes no byte of what it is sent for so long is cut off. */
  readonly stalled: number;
  /** A client that sends no more, and gets nothing for so long of what it asked for, counts as one that left. */
  readonly halfClosed: number;
  /** Bytes per second that a body must bring after its first `rateAfter`. */
  readonly bodyRate: number;
  readonly rateAfter: number;
  readonly webSocketMessage: number;
  /** What answers may leave waiting for clients of HTTP/2: of one connection, and of all. */
  readonly http2Waiting: { readonly session: number; readonly total: number };
}

export const defaultLimits: Limits = {
  body: 4 * 1024 * 1024,
  headers: 16 * 1024,
  url: 8 * 1024,
  connections: 10_000,
  connectionsPerClient: 256,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAlive: 65_000,
  stalled: 60_000,
  halfClosed: 5_000,
  bodyRate: 64,
  rateAfter: 10_000,
  webSocketMessage: 1024 * 1024,
  http2Waiting: { session: 64 * 1024 * 1024, total: 512 * 1024 * 1024 },
};
