// The package has no types. These are the ones used here.
declare module "semver" {
  /** Returns the range as npm reads it; null if it is none. */
  export function validRange(range: string): string | null;
  export function satisfies(
    version: string,
    range: string,
    options?: { includePrerelease?: boolean },
  ): boolean;
}
