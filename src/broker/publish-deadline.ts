import { timeout } from "../core/errors.js";
import { DeadlineSweeper, type Expiring } from "../core/time/deadline-sweeper.js";

/** Default milliseconds that `publish` of `http` and `memory` gives one subscriber to acknowledge. */
export const publishTimeout = 5000;

/** An acknowledgement that is awaited. */
interface Awaited extends Expiring {
  readonly late: () => void;
}

/**
 * The time limit for subscribers in the publisher's own process. One sweep serves all, because a timer each costs 1 µs.
 */
export class PublishDeadline {
  readonly #timeout: number;
  readonly #awaited = new Set<Awaited>();
  readonly #sweep = new DeadlineSweeper(this.#awaited, ({ late }) => late());

  /** `timeout` is in milliseconds. */
  constructor(timeout: number = publishTimeout) {
    this.#timeout = timeout;
  }

  /**
   * Settles as `acknowledged` does.
   * @throws the result of `toError` for its error. {MicroError} 408 if it takes longer: the handler may still be
   * running.
   */
  within(acknowledged: Promise<void>, toError: (error: unknown) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const expires = performance.now() + this.#timeout;
      const late = () => {
        this.#awaited.delete(waiting);
        const detail = `not acknowledged in ${this.#timeout}ms`;
        reject(timeout("go.micro.broker", detail, { executed: "unknown" }));
      };
      const waiting: Awaited = { expires, late };
      this.#awaited.add(waiting);
      this.#sweep.note(expires);
      acknowledged.then(
        () => {
          this.#awaited.delete(waiting);
          resolve();
        },
        (error: unknown) => {
          this.#awaited.delete(waiting);
          reject(toError(error));
        },
      );
    });
  }
}
