import { anySignal } from "../core/async/any-signal.js";
import { type Executed, MicroError } from "../core/errors.js";
import type { Node } from "../core/service.js";
import { type Clock, systemClock } from "../core/time/clock.js";
import { overAll } from "./retry.js";

/** Sends one attempt to a node; the signal cancels it. */
export type Send = (node: Node, signal: AbortSignal) => Promise<Uint8Array>;

export interface HedgeOptions {
  /** Milliseconds to wait for the first answer before sending the call to a second node. */
  readonly delay: number;
  /** Picks the node of the second copy. Undefined when there is no other node, or the retry budget is spent. */
  readonly second: () => Node | undefined;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** Sends the call to a second node if the first is slow. The first answer wins; the other attempt is cancelled. */
export function hedged(first: Node, send: Send, options: HedgeOptions): Promise<Uint8Array> {
  const { controller: cancel, release } = anySignal(options.signal);
  const { signal } = cancel;
  return new Promise((resolve, reject) => {
    let open = 1;
    /** Whether any of the failed copies was executed, as far as is known. */
    let executed: Executed | undefined;
    const { clock = systemClock } = options;
    const timer = clock.schedule(options.delay, () => {
      const node = options.second();
      if (!node) return;
      open++;
      send(node, signal).then(win, lose);
    });
    function win(body: Uint8Array): void {
      timer.cancel();
      release();
      resolve(body);
      cancel.abort(new Error("another node answered first"));
    }
    function lose(thrown: unknown): void {
      const error = MicroError.is(thrown) ? overAll(executed, thrown) : thrown;
      if (MicroError.is(error)) executed = error.executed;
      open--;
      if (open > 0) return;
      timer.cancel();
      release();
      reject(error);
    }
    send(first, signal).then(win, lose);
  });
}
