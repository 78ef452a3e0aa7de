import { sanitise } from "../sanitise.js";
import type { Terminal } from "./terminal.js";

/** A column of a table for people. */
export interface Column {
  readonly head: string;
  /** Wraps long cells instead of cutting them, for ids and addresses. */
  readonly whole?: boolean;
  readonly right?: boolean;
  /** Colours a cell. */
  readonly paint?: (cell: string) => string;
}

/** Above this, rows are padded instead: cli-table3 takes seconds for thousands of rows. */
const mostRows = 500;
/** Terminals narrower than this get a block of `key: value` lines per row. */
const narrow = 60;
const gap = 2;

/** Draws rows of untrusted text as wide as the terminal allows. */
export async function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  talk: Terminal,
): Promise<string> {
  const clean = rows.map((row) => row.map(sanitise));
  if (talk.columns < narrow) return blocks(columns, clean);
  if (clean.length > mostRows) return padded(columns, clean);
  return bordered(columns, clean, talk);
}

function blocks(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const block = (row: readonly string[]) =>
    columns.map(({ head }, index) => `${head.toLowerCase()}: ${row[index] ?? ""}`).join("\n");
  return rows.map(block).join("\n\n");
}

function padded(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = contentWidths(columns, rows);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd((widths[index] ?? 0) + gap))
      .join("")
      .trimEnd();
  return [columns.map(({ head }) => head), ...rows].map(line).join("\n");
}

async function bordered(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  talk: Terminal,
): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const widths = fit(columns, contentWidths(columns, rows), talk.columns);
  const drawn = new Table({
    head: columns.map(({ head }) => talk.out.dim(head)),
    colWidths: widths.map((width) => width + gap),
    colAligns: columns.map(({ right }) => (right ? "right" : "left")),
    // cli-table3 colours heads and borders by itself, in pipes too
    style: { head: [], border: [], "padding-left": 0, "padding-right": gap },
    chars: withoutBorders,
  });
  for (const row of rows) drawn.push(row.map((cell, index) => cut(cell, columns[index], widths[index] ?? 1)));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function cut(cell: string, column: Column | undefined, width: number): string {
  if (column?.whole) return (cell.match(new RegExp(`.{1,${width}}`, "gu")) ?? []).join("\n");
  const text = cell.length <= width ? cell : `${cell.slice(0, Math.max(0, width - 1))}…`;
  return column?.paint ? column.paint(text) : text;
}

function contentWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ head }, index) =>
    rows.reduce((widest, row) => Math.max(widest, row[index]?.length ?? 0), head.length),
  );
}

/** Narrows the widest columns until a row fits. */
function fit(columns: readonly Column[], widths: number[], total: number): number[] {
  const fitted = [...widths];
  const smallest = 8;
  while (fitted.reduce((sum, width) => sum + width + gap, 0) > total) {
    const widest = Math.max(...fitted);
    if (widest <= smallest) break;
    const cuttable = fitted.findIndex((width, index) => width === widest && !columns[index]?.whole);
    const index = cuttable === -1 ? fitted.indexOf(widest) : cuttable;
    fitted[index] = widest - 1;
  }
  return fitted;
}

const withoutBorders = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map((part) => [part, ""]),
);
