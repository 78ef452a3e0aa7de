import type { Abortable } from "../core/closeable.js";
import { type MicroError, overloaded } from "../core/errors.js";
import { formatAddress } from "../core/net/address.js";
import type { Node } from "../core/service.js";
import { DeadlineSweeper, type Expiring } from "../core/time/deadline-sweeper.js";

/** Concurrent calls to one node, and calls that may queue behind them. */
const maxCalls = 1024;
const maxWaiting = 10_000;

interface Waiting extends Expiring {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Limits the concurrent calls to a node. Further calls queue until their deadline. */
export class NodeLimit {
  readonly #node: Node;
  /** Calls in flight and queued. */
  #count = 0;
  /** Queued calls, in order of arrival. */
  readonly #waiting = new Set<Waiting>();
  readonly #sweep = new DeadlineSweeper(this.#waiting, (call) => this.#refuse(call));

  constructor(node: Node) {
    this.#node = node;
  }

  /** True while no call is in flight or queued. */
  get idle(): boolean {
    return this.#count === 0;
  }

  /** Counts a call until `leave`. False if it has to wait for its `turn` before it is sent. */
  enter(): boolean {
    return ++this.#count <= maxCalls;
  }

  /** Ends the counting of a call that entered, whether it finished or gave up. */
  leave(): void {
    this.#count--;
    if (this.#waiting.size > 0) this.#next();
  }

  /**
   * Resolves when a queued call may be sent.
   * @throws {MicroError} 503 OVERLOADED, not executed, at its deadline, or at once when the queue is full.
   * @throws The reason of the signal when it aborts.
   */
  turn(expires: number, { signal }: Abortable): Promise<void> {
    if (this.#waiting.size >= maxWaiting) return Promise.reject(this.#full(`${maxWaiting} more are queued`));
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(call);
        reject(signal?.reason);
      };
      const settled = () => signal?.removeEventListener("abort", onAbort);
      const call: Waiting = {
        expires,
        resolve: () => {
          settled();
          resolve();
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      };
      signal?.addEventListener("abort", onAbort);
      this.#waiting.add(call);
      this.#sweep.note(expires);
    });
  }

  /** A call that gave up its place in the queue still counts until its `leave`, so it does not free a slot. */
  #next(): void {
    for (const call of this.#waiting) {
      if (this.#count - this.#waiting.size >= maxCalls) return;
      this.#waiting.delete(call);
      call.resolve();
    }
  }

  #refuse(call: Waiting): void {
    this.#waiting.delete(call);
    call.reject(this.#full("the deadline passed in the queue"));
  }

  #full(why: string): MicroError {
    const { id, address: host, port } = this.#node;
    const detail = `call ${id} (${formatAddress({ host, port })}): ${maxCalls} calls are in flight, and ${why}`;
    return overloaded("go.micro.client", detail, { executed: "no" });
  }
}
