export interface SerialByKeyOptions {
  /** Most tasks of one key at a time, running or waiting. Default: any number. */
  readonly limit?: number;
  /** The error beyond that. */
  readonly refused?: () => Error;
}

interface Lane {
  last: Promise<unknown>;
  tasks: number;
}

/** Runs tasks with the same key one after the other, whether or not the one before fails. */
export class SerialByKey {
  readonly #limit: number;
  readonly #refused: () => Error;
  readonly #lanes = new Map<string, Lane>();

  constructor({ limit = Number.POSITIVE_INFINITY, refused = tooMany }: SerialByKeyOptions = {}) {
    this.#limit = limit;
    this.#refused = refused;
  }

  /** Settles as `work` does. @throws the error of the options if too many wait already. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const lane = this.#lanes.get(key) ?? { last: Promise.resolve(), tasks: 0 };
    if (lane.tasks >= this.#limit) throw this.#refused();
    this.#lanes.set(key, lane);
    lane.tasks++;
    const result = lane.last.then(work, work);
    lane.last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      lane.tasks--;
      if (lane.tasks === 0) this.#lanes.delete(key);
    }
  }
}

function tooMany(): Error {
  return new Error("too many tasks wait");
}
