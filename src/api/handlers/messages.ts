/** One header, query or form parameter. The map that holds it repeats its name, as in the original. */
export interface Pair {
  readonly key: string;
  readonly values: readonly string[];
}

/** An HTTP request as an `api.Request`. Member names are those on the wire. Empty members are omitted. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly header?: Readonly<Record<string, Pair>>;
  readonly get?: Readonly<Record<string, Pair>>;
  readonly post?: Readonly<Record<string, Pair>>;
  readonly body?: string;
  /** A body that is not UTF-8, instead of `body`. */
  readonly raw?: Uint8Array;
}

/** The response of a service to an `ApiRequest`. */
export interface ApiResponse {
  readonly statusCode: number;
  /** The values of the map. Its keys are ignored, because each pair has its own name. */
  readonly header: readonly Pair[];
  readonly body: Uint8Array;
}
