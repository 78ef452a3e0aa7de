/** One header, query or form parameter: its name twice, as the original has it. */
export interface Pair {
  readonly key: string;
  readonly values: readonly string[];
}

/** An HTTP request as a message of `api.Request`. Names are those of the wire; empty members are left out. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly header?: Readonly<Record<string, Pair>>;
  readonly get?: Readonly<Record<string, Pair>>;
  readonly post?: Readonly<Record<string, Pair>>;
  readonly body?: string;
  /** A body that is no UTF-8, in place of `body`. */
  readonly raw?: Uint8Array;
}

/** What a service answers to it. */
export interface ApiResponse {
  readonly statusCode: number;
  /** The names of the map mean nothing: each pair has its own. */
  readonly header: readonly Pair[];
  readonly body: Uint8Array;
}
