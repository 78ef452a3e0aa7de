import type { EventEmitter } from "node:events";
import type Consul from "consul";

/** What every call must carry: without both, a call of this client may never settle. */
export interface CallGuard {
  readonly timeout: number;
  readonly ctx: EventEmitter;
}

/** A request to Consul, through its client. */
export type Call = (consul: Consul, guard: CallGuard) => Promise<unknown>;
