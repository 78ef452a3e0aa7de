import type { EventEmitter } from "node:events";
import type Consul from "consul";

/** Options that every request must carry. Without both, a request of the `consul` package may never settle. */
export interface CallGuard {
  readonly timeout: number;
  readonly ctx: EventEmitter;
}

/** A request to Consul, made with the `consul` package. */
export type Call = (consul: Consul, guard: CallGuard) => Promise<unknown>;
