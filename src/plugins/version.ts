import { existsSync, readFileSync } from "node:fs";
import { packageFile } from "../core/files/package-file.js";

/** The version of this toolkit. Unknown in a bundle: the package around that is the program's. */
export function ownVersion(): string | undefined {
  const file = packageFile("package.json");
  if (!existsSync(file)) return undefined;
  const { name, version } = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
  return name === "micro-toolkit" ? version : undefined;
}

/**
 * True when `version` is in `range`, as npm reads both. True for a range that npm does not know, such as `workspace:*`.
 * Loads the reader of ranges at its first use: most programs load no plugin.
 */
export async function isInRange(version: string, range: string): Promise<boolean> {
  const { default: semver } = await import("semver");
  return semver.validRange(range) === null || semver.satisfies(version, range, { includePrerelease: true });
}
