import type { Metadata } from "../../core/service.js";
import type { Mount } from "./rewrite-location.js";
/** Where and how one request goes on. */
export interface RelayTarget {
  readonly service: string;
  /** Path and query as the backend shall see them, byte for byte. */
  readonly path: string;
  /** Headers of ours, put over the client's. */
  readonly headers: Metadata;
  /** Where clients find the backend. Without it, what an answer says of addresses is left as it is. */
  readonly mount?: Mount;
}
