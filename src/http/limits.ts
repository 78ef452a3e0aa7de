/** Bounds of a listener. Sizes are bytes, times milliseconds. */
export interface Limits {
  readonly body: number;
  readonly headers: number;
  readonly url: number;
  readonly connections: number;
  readonly connectionsPerClient: number;
  readonly headersTimeout: number;
  /** For a whole request, including its body. 0 where bodies are streamed, so that only `bodyRate` limits them. */
  readonly requestTimeout: number;
  /** Milliseconds after which a client connection without a request is closed. */
  readonly keepAlive: number;
  /** After this time without reading any of the response, a client is disconnected. */
  readonly stalled: number;
  /** After this time without a byte of the response, a client that has closed its sending side counts as gone. */
  readonly halfClosed: number;
  /** Minimum rate of a body, in bytes per second, after the first `rateAfter`. */
  readonly bodyRate: number;
  readonly rateAfter: number;
  readonly webSocketMessage: number;
  /** Unsent response bytes of HTTP/2: per connection, and in total. */
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
