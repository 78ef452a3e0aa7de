/** Longer words are not compared: the cost is quadratic. */
const longest = 200;

/** Returns up to `count` of `names` that `word` probably stands for, best first. */
export function suggest(word: string, names: Iterable<string>, count = 3): string[] {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const scored: { name: string; score: number }[] = [];
  for (const name of names) {
    const score = distance(word, name, limit);
    if (score <= limit) scored.push({ name, score });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, count).map(({ name }) => name);
}

/** Edit distance from `a` to `b`; 1 if `a` is the last label of `b` or a prefix of it. */
function distance(a: string, b: string, limit: number): number {
  if (a.length > longest || b.length > longest) return Number.POSITIVE_INFINITY;
  if (a.length > 2 && (b.endsWith(`.${a}`) || b.startsWith(a))) return 1;
  const last = b.slice(b.lastIndexOf(".") + 1);
  const full = edits(a, b, limit);
  return a.includes(".") ? full : Math.min(full, edits(a, last, limit));
}

/** Counts insertions, deletions, replacements and swaps of neighbours: the optimal string alignment distance. */
function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        cell(above, j) + 1,
        cell(row, j - 1) + 1,
        cell(above, j - 1) + (same ? 0 : 1),
        swapped ? cell(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = above;
    above = row;
  }
  return cell(above, b.length);
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
