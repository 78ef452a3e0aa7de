/** Where each service stands on the map. */
export interface Layout {
  readonly spots: ReadonlyMap<string, Spot>;
  readonly width: number;
  readonly height: number;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Of a box, and from one box to the next. */
export const box = { width: 190, height: 44 } as const;
const step = { x: 290, y: 66 } as const;
const margin = 12;
const maxColumns = 12;

/** Puts callers left of what they call, and services of one column near those they speak with. */
export function lay(arrows: readonly Arrow[]): Layout {
  const columns = columnsOf(arrows);
  const order = orderOf(arrows, columns);
  const rows = [...order.values()];
  const tallest = Math.max(0, ...rows.map((names) => names.length));
  const spots = new Map<string, Spot>();
  for (const [column, names] of order)
    for (const [row, name] of names.entries())
      spots.set(name, {
        x: margin + column * step.x,
        y: margin + (row + (tallest - names.length) / 2) * step.y,
      });
  return {
    spots,
    width: 2 * margin + (order.size - 1) * step.x + box.width,
    height: 2 * margin + (tallest - 1) * step.y + box.height,
  };
}

/** The longest way from a service that nobody calls; a circle counts once. */
function columnsOf(arrows: readonly Arrow[]): Map<string, number> {
  const columns = new Map<string, number>();
  for (const { from, to } of arrows) columns.set(from, 0).set(to, 0);
  for (let round = 0; round < Math.min(columns.size, maxColumns); round++) {
    let moved = false;
    for (const { from, to } of arrows) {
      const wanted = (columns.get(from) ?? 0) + 1;
      if (from === to || wanted >= maxColumns || reaches(arrows, to, from)) continue;
      if (wanted <= (columns.get(to) ?? 0)) continue;
      columns.set(to, wanted);
      moved = true;
    }
    if (!moved) break;
  }
  return columns;
}

function reaches(arrows: readonly Arrow[], start: string, goal: string): boolean {
  const seen = new Set([start]);
  for (const name of seen) {
    if (name === goal) return true;
    for (const { from, to } of arrows) if (from === name) seen.add(to);
  }
  return false;
}

/** Each column by the middle of the callers to its left, which keeps lines from crossing much. */
function orderOf(arrows: readonly Arrow[], columns: ReadonlyMap<string, number>): Map<number, string[]> {
  const order = new Map<number, string[]>();
  const used = [...new Set(columns.values())].sort((a, b) => a - b);
  const rank = new Map<string, number>();
  for (const [index, column] of used.entries()) {
    const names = [...columns].filter(([, at]) => at === column).map(([name]) => name);
    const middle = (name: string) => {
      const ranks = arrows
        .filter(({ to, from }) => to === name && rank.has(from))
        .map(({ from }) => rank.get(from) ?? 0);
      return ranks.length === 0
        ? Number.POSITIVE_INFINITY
        : ranks.reduce((sum, at) => sum + at, 0) / ranks.length;
    };
    const middles = new Map(names.map((name) => [name, middle(name)]));
    names.sort((a, b) => compare(middles.get(a) ?? 0, middles.get(b) ?? 0) || (a < b ? -1 : 1));
    for (const [row, name] of names.entries()) rank.set(name, row - names.length / 2);
    order.set(index, names);
  }
  return order;
}

function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
