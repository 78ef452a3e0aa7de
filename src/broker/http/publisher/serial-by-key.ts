import { unavailable } from "../../../core/errors.js";

/** Most messages that wait for one subscriber. */
const maxWaiting = 1000;

interface Lane {
  last: Promise<unknown>;
  waiting: number;
}

/** Runs tasks with the same key one after the other: HTTP keeps no order across connections. */
export class SerialByKey {
  readonly #lanes = new Map<string, Lane>();

  /** Settles as `work` does. @throws {MicroError} 503 if too many wait already. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const lane = this.#lanes.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (lane.waiting >= maxWaiting)
      throw unavailable("go.micro.broker", `${maxWaiting} messages wait already`, { executed: "no" });
    this.#lanes.set(key, lane);
    lane.waiting++;
    const result = lane.last.then(work, work);
    lane.last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      lane.waiting--;
      if (lane.waiting === 0) this.#lanes.delete(key);
    }
  }
}
