import { type Spread, spread } from "./statistics.js";

/** A ratio and its goal. */
export interface Ratio {
  /** The two things compared. */
  readonly of: string;
  readonly reached: Spread;
  /** The goal of PERFORMANCE: at least, or at most. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One program in a row. */
export interface Entry {
  readonly name: string;
  readonly rates: readonly number[];
  readonly serverCpu: readonly number[];
  readonly clientCpu?: readonly number[];
}

/** The results of one row. */
export interface Measured {
  readonly goal: string;
  readonly what: string;
  readonly unit: string;
  readonly entries: readonly Entry[];
  readonly ratios: readonly Ratio[];
}

const number = (value: number) =>
  value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);

/** Formats results as Markdown. */
export function table({ goal, what, unit, entries, ratios }: Measured): string {
  const lines = [`### ${goal}: ${what}`, ""];
  if (entries.length > 0) {
    lines.push(
      `| | ${unit}, median | min | max | CPU, server | CPU, client |`,
      "| --- | --- | --- | --- | --- | --- |",
    );
    for (const entry of entries) {
      const { median, min, max } = spread(entry.rates);
      lines.push(
        `| ${entry.name} | ${number(median)} | ${number(min)} | ${number(max)} | ${cpuOf(entry.serverCpu)} | ${cpuOf(entry.clientCpu)} |`,
      );
    }
    lines.push("");
  }
  if (ratios.length > 0)
    lines.push("| ratio | reached | min | max | goal | |", "| --- | --- | --- | --- | --- | --- |");
  for (const { of, reached, atLeast, atMost } of ratios) {
    const goalText = atLeast === undefined ? (atMost === undefined ? "–" : `≤ ${atMost}`) : `≥ ${atLeast}`;
    lines.push(
      `| ${of} | ${number(reached.median)} | ${number(reached.min)} | ${number(reached.max)} | ${goalText} | ${verdict(reached.median, atLeast, atMost)} |`,
    );
  }
  return [...lines, ""].join("\n");
}

function cpuOf(values: readonly number[] | undefined): string {
  return values === undefined || values.length === 0 ? "–" : `${number(spread(values).median)} µs`;
}

function verdict(reached: number, atLeast: number | undefined, atMost: number | undefined): string {
  if (atLeast !== undefined) return reached >= atLeast ? "reached" : "not reached";
  if (atMost !== undefined) return reached <= atMost ? "reached" : "not reached";
  return "";
}
