/** Milliseconds of back-off, at least and at most. */
export interface BackOffLimits {
  readonly least: number;
  readonly most: number;
}

/**
 * Milliseconds to wait after failure number `failures` (from 1): a random time from half of `least` up to a ceiling,
 * which is `least` at first and doubles with each failure, up to `most`. The jitter keeps many clients of one server
 * from coming back at the same time.
 */
export function backOff(failures: number, { least, most }: BackOffLimits): number {
  const ceiling = Math.min(most, least * 2 ** (failures - 1));
  return least / 2 + Math.random() * (ceiling - least / 2);
}

/** `ms` give or take 20 %, so that what happens regularly in many processes does not happen at the same time. */
export function spread(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}
