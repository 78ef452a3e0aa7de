/**
 * A word as it can be pasted into a shell. What a name of the registry has in it stays text in sh, bash, zsh, fish and
 * PowerShell: fish reads a backslash between single quotes, and PowerShell ends those at curly ones and knows no `\'`, so
 * that these characters stand between double quotes.
 */
export function shellQuote(word: string): string {
  if (/^[\w%+:./-][\w@%+=:./-]*$/.test(word)) return word;
  return `'${word.replaceAll(/['\u2018-\u201b\\]/g, (char) => `'"${char === "\\" ? "\\\\" : char}"'`)}'`;
}
