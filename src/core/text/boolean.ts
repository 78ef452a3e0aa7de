/** Reads a boolean as people write it; undefined for any other text. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(true|1|yes|y|on)$/i.test(text)) return true;
  return /^(false|0|no|n|off)$/i.test(text) ? false : undefined;
}

/** Reads a boolean as Go programs do; undefined for any other text. */
export function parseGoBoolean(text: string): boolean | undefined {
  if (/^(1|t|true)$/i.test(text)) return true;
  return /^(0|f|false)$/i.test(text) ? false : undefined;
}
