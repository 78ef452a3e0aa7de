/**
 * Quotes a word so that it can be pasted into sh, bash, zsh, fish and PowerShell, whatever it contains: names come from
 * the registry. fish reads a backslash inside single quotes, and PowerShell also ends them at curly ones and knows no
 * `\'`, so these characters go between double quotes.
 */
export function shellQuote(word: string): string {
  if (/^[\w%+:./-][\w@%+=:./-]*$/.test(word)) return word;
  return `'${word.replaceAll(/['\u2018-\u201b\\]/g, (char) => `'"${char === "\\" ? "\\\\" : char}"'`)}'`;
}
