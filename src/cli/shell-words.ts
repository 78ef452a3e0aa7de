import { usage } from "./errors.js";

/** Splits a line into words as a shell does: quotes, backslashes, no expansion. @throws {CliError} for an open quote. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? "";
    if (quote !== "" && char === quote) quote = "";
    else if (char === "\\" && quote !== "'") {
      const next = line[++i] ?? "";
      // between double quotes a backslash stands for itself before most characters
      word = (word ?? "") + (quote === '"' && !/["\\$`]/.test(next) ? `\\${next}` : next);
    } else if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
      word ??= "";
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") throw usage(`the line has an open ${quote}`);
  if (word !== undefined) words.push(word);
  return words;
}
