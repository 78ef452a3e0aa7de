import { badRequest } from "../errors.js";

const milliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Parses a Go duration (`500ms`, `1m30s`) into milliseconds. A bare integer is seconds.
 * @throws {MicroError} 400 if the text is neither.
 */
export function parseDuration(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const total = parseUnits(text);
  if (total === undefined)
    throw badRequest("go.micro.client", `duration "${text}": not a duration such as 500ms, 2s or 1m30s`);
  return total;
}

function parseUnits(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const part = /(\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)/gy;
  part.lastIndex = /^[+-]/.test(text) ? 1 : 0;
  let total = 0;
  let end = part.lastIndex;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    total += Number(match[1]) * (milliseconds[match[2] ?? ""] ?? Number.NaN);
    end = part.lastIndex;
  }
  const valid = end === text.length && /\d/.test(text) && Number.isFinite(total);
  return valid ? (sign * Math.round(total * 1e6)) / 1e6 : undefined;
}

/** Formats milliseconds as Go does: `2s`, `1m0s`, `1h30m0s`, `2.060328ms`. */
export function formatDuration(duration: number): string {
  if (duration === 0) return "0s";
  const sign = duration < 0 ? "-" : "";
  const ns = Math.round(Math.abs(duration) * 1e6);
  if (ns < 1e3) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${trim(ns / 1e3)}µs`;
  if (ns < 1e9) return `${sign}${trim(ns / 1e6)}ms`;
  const hours = Math.floor(ns / 3.6e12);
  const minutes = Math.floor((ns % 3.6e12) / 6e10);
  const seconds = `${trim((ns % 6e10) / 1e9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

function trim(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, "");
}
