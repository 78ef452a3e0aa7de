/**
 * Number of runs after which a file that changes at about the same time in each counts as written by the program. Runs in
 * which it does not change are left out.
 */
const enough = 5;
/** Largest difference of those times: milliseconds, or this share of the longest. */
const spread = { least: 500, share: 0.2 };

/** Changes of one file at the same position in each run: the first of a run, the second, and so on. */
interface Pattern {
  /** Milliseconds from the start, or from the previous change in the same run, for the last few changes. */
  readonly times: readonly number[];
  readonly own: boolean;
}

interface History {
  readonly patterns: Pattern[];
  /** Time of its last change, which was the `count`th in the run that started at `run`. */
  at: number;
  run: number;
  count: number;
}

/** Detects changes that a program seems to make itself, by their timing alone: those of people vary. */
export class OwnWrites {
  readonly #files = new Map<string, History>();

  /**
   * Records a change of `path` at `at`, in the run that started at `run`. `found`: it is the first `own` change of its
   * kind.
   */
  judge(path: string, at: number, run: number): "foreign" | "found" | "own" {
    const file = this.#files.get(path) ?? { patterns: [], at: run, run, count: 0 };
    this.#files.set(path, file);
    const time = at - Math.max(run, file.at);
    const count = file.run === run ? file.count + 1 : 1;
    Object.assign(file, { at, run, count });
    // periodic writes continue with the same interval
    if (file.patterns.some(({ own, times }) => own && areAlike([...times, time]))) return "own";
    const times = [...(file.patterns[count - 1]?.times ?? []), time];
    const own = areAlike(times) && times.length >= enough;
    file.patterns[count - 1] = { times: areAlike(times) ? times : [time], own };
    return own ? "found" : "foreign";
  }
}

function areAlike(times: readonly number[]): boolean {
  const most = Math.max(...times);
  return most - Math.min(...times) <= Math.max(spread.least, spread.share * most);
}
