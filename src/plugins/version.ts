import { existsSync, readFileSync } from "node:fs";
import { packageFile } from "../core/files/package-file.js";

/** The version of this toolkit. Unknown in a bundle: the package around that is the program's. */
export function ownVersion(): string | undefined {
  const file = packageFile("package.json");
  if (!existsSync(file)) return undefined;
  const { name, version } = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
  return name === "micro-toolkit" ? version : undefined;
}

type Version = readonly [major: number, minor: number, patch: number];

/**
 * True when `version` satisfies an npm range: `^1.2.3`, `~1.2`, `>=1 <3`, `1.x`, `*`, and these joined by `||`. A range
 * that does not parse allows every version: npm has checked it on installation.
 */
export function isInRange(version: string, range: string): boolean {
  const wanted = read(version);
  if (wanted === undefined) return true;
  return range.split("||").some((part) =>
    part
      .trim()
      .split(/\s+/)
      .every((one) => fits(wanted, one)),
  );
}

function fits(version: Version, comparator: string): boolean {
  const match = /^(\^|~|>=|<=|>|<|=|)v?(.*)$/.exec(comparator);
  const [, operator = "", text = ""] = match ?? [];
  const bound = read(text);
  if (bound === undefined) return true;
  const order = compare(version, bound);
  if (operator === ">") return order > 0;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  if (operator === ">=") return order >= 0;
  return order >= 0 && compare(version, ceiling(operator, bound, text)) < 0;
}

/** The first version above the range. */
function ceiling(operator: string, [major, minor, patch]: Version, text: string): Version {
  const parts = text.split(".").filter((part) => /^\d/.test(part)).length;
  if (parts === 1) return [major + 1, 0, 0];
  if (operator === "^" && major > 0) return [major + 1, 0, 0];
  if (parts === 2 || operator === "~" || (operator === "^" && minor > 0)) return [major, minor + 1, 0];
  return [major, minor, patch + 1];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function read(text: string): Version | undefined {
  const match = /^(\d+)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?/.exec(text);
  if (!match) return undefined;
  const number = (part: string | undefined) => Number.parseInt(part ?? "0", 10) || 0;
  return [number(match[1]), number(match[2]), number(match[3])];
}
