/**
 * Recordings to which we answer otherwise than the original did, on purpose: the rest is the same in all that peers
 * look at. Each says what we do instead; the tests fail when one of them stops to differ, or another begins to.
 */
export const serverDifferences: Readonly<Record<string, string>> = {};

export const clientDifferences: Readonly<Record<string, string>> = {};
