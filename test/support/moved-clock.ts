import type { Clock, Scheduled } from "../../src/core/time/clock.js";

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until the test moves it. */
export class MovedClock implements Clock {
  #now = 1000;
  readonly #tasks = new Set<Task>();

  now(): number {
    return this.#now;
  }

  /** The number of tasks that are scheduled. */
  get pending(): number {
    return this.#tasks.size;
  }

  schedule(delay: number, run: () => void): Scheduled {
    const task = { at: this.#now + delay, run };
    this.#tasks.add(task);
    return { cancel: () => void this.#tasks.delete(task) };
  }

  /** Moves on, and runs what is due on the way; promises settle between two tasks. */
  async pass(time: number): Promise<void> {
    const end = this.#now + time;
    for (let task = this.#due(end); task; task = this.#due(end)) {
      this.#tasks.delete(task);
      this.#now = Math.max(this.#now, task.at);
      task.run();
      await new Promise(setImmediate);
    }
    this.#now = end;
  }

  /** Moves on while the event loop stands still: nothing runs, however much is due. */
  stall(time: number): void {
    this.#now += time;
  }

  #due(end: number): Task | undefined {
    return [...this.#tasks].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
