import type { Metadata } from "../../core/service.js";
import type { Mount } from "./rewrite-location.js";
/** The target of a relayed request. */
export interface RelayTarget {
  readonly service: string;
  /** Path and query for the backend, byte for byte. */
  readonly path: string;
  /** Headers that replace the client's. */
  readonly headers: Metadata;
  /** The public address of the backend. Without it, addresses in response headers are not rewritten. */
  readonly mount?: Mount;
}
