/** A file that changed at about the same time after so many starts in a row seems to be written by the program itself. */
const enough = 5;
/** The most by which those times differ: milliseconds, or this share of the longest. */
const spread = { least: 500, share: 0.2 };

/** Changes of one file at the same place in each run: the first of a run, the second, … */
interface Pattern {
  /** Milliseconds from the start, or from the change before it in that run, to each of the last ones. */
  readonly times: readonly number[];
  readonly own: boolean;
}

interface History {
  readonly patterns: Pattern[];
  /** When it last changed, in the run that started at `run`, as the `count`th change of that. */
  at: number;
  run: number;
  count: number;
}

/** Tells which changes a program seems to make itself, by their times alone: those of people differ. */
export class OwnWrites {
  readonly #files = new Map<string, History>();

  /** Takes a change of `path`, at `at` in the run that started at `run`. `found` is the first `own` one of its kind. */
  judge(path: string, at: number, run: number): "foreign" | "found" | "own" {
    const file = this.#files.get(path) ?? { patterns: [], at: run, run, count: 0 };
    this.#files.set(path, file);
    const time = at - Math.max(run, file.at);
    const count = file.run === run ? file.count + 1 : 1;
    Object.assign(file, { at, run, count });
    // what is written every so often goes on as it began
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
