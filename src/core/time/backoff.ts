/** Shortest and longest back-off in milliseconds. */
export interface BackOffLimits {
  readonly least: number;
  readonly most: number;
}

/**
 * Returns the milliseconds to wait after failure number `failures` (from 1): a random time between half of `least` and
 * a ceiling that starts at `least` and doubles with each failure, up to `most`. The jitter keeps the clients of one
 * server from all coming back at once.
 */
export function backOff(failures: number, { least, most }: BackOffLimits): number {
  const ceiling = Math.min(most, least * 2 ** (failures - 1));
  return least / 2 + Math.random() * (ceiling - least / 2);
}

/** Returns `ms` ± 20 %, so that periodic work of many processes does not run at the same time. */
export function spread(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}
