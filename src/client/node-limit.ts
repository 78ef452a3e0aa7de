import type { Abortable } from "../core/closeable.js";
import { type MicroError, overloaded } from "../core/errors.js";
import { formatAddress } from "../core/net/address.js";
import type { Node } from "../core/service.js";
import { DeadlineSweeper, type Expiring } from "../transport/deadline-sweeper.js";

/** Calls under way to one node at one time, and those that may wait for their turn behind them. */
const maxCalls = 1024;
const maxWaiting = 10_000;

interface Waiting extends Expiring {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Lets so many calls to a node be under way, and has the others wait for their turn until their deadline. */
export class NodeLimit {
  readonly #node: Node;
  /** Calls under way and waiting. */
  #count = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();
  readonly #sweep: DeadlineSweeper<Waiting>;

  constructor(node: Node) {
    this.#node = node;
    const waiting = this.#waiting;
    const calls = {
      get size() {
        return waiting.size;
      },
      all: () => waiting,
    };
    this.#sweep = new DeadlineSweeper(calls, (call) => this.#refuse(call));
  }

  /** True while no call is under way, and none waits. */
  get idle(): boolean {
    return this.#count === 0;
  }

  /** Counts a call in until `leave`; false when it has to wait for its `turn`. */
  enter(): boolean {
    return ++this.#count <= maxCalls;
  }

  /** A call that entered is through, or has given up. */
  leave(): void {
    this.#count--;
    if (this.#waiting.size > 0) this.#next();
  }

  /**
   * Resolves when a call that had to wait may go.
   * @throws {MicroError} 503 OVERLOADED, not executed, at its deadline, or at once when too many wait already; the
   * reason of the signal.
   */
  turn(expires: number, { signal }: Abortable): Promise<void> {
    if (this.#waiting.size >= maxWaiting) return Promise.reject(this.#full(`${maxWaiting} wait already`));
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

  /** Those that left the line still count until `leave`: they are no room. */
  #next(): void {
    for (const call of this.#waiting) {
      if (this.#count - this.#waiting.size >= maxCalls) return;
      this.#waiting.delete(call);
      call.resolve();
    }
  }

  #refuse(call: Waiting): void {
    this.#waiting.delete(call);
    call.reject(this.#full("it had no turn in time"));
  }

  #full(why: string): MicroError {
    const { id, address: host, port } = this.#node;
    const detail = `call ${id} (${formatAddress({ host, port })}): ${maxCalls} calls are under way, and ${why}`;
    return overloaded("go.micro.client", detail, { executed: "no" });
  }
}
