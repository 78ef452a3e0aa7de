import { badRequest } from "../errors.js";

const closing: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/**
 * Splits a line into words as a shell does: quotes and backslashes, but no expansion. A word that begins with `{` or
 * `[`, or has it after `=`, is JSON, and keeps its quotes.
 * @throws {MicroError} 400 USAGE for an open quote.
 */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? "";
    const begins = word === undefined || word.endsWith("=");
    if (quote === "" && begins && char in closing) {
      const end = jsonEnd(line, i);
      word = (word ?? "") + line.slice(i, end);
      i = end - 1;
    } else if (quote !== "" && char === quote) quote = "";
    else if (char === "\\" && quote !== "'") {
      const next = line[++i] ?? "";
      // between double quotes, a backslash is literal before most characters
      word = (word ?? "") + (quote === '"' && !/["\\$`]/.test(next) ? `\\${next}` : next);
    } else if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
      word ??= "";
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") throw badRequest("go.micro.cli", `the line has an open ${quote}`, { reason: "USAGE" });
  if (word !== undefined) words.push(word);
  return words;
}

/** Returns where the JSON that begins at `start` ends: at its closing bracket, else at the end of the line. */
function jsonEnd(line: string, start: number): number {
  const open: string[] = [];
  let text = false;
  for (let i = start; i < line.length; i++) {
    const char = line[i] ?? "";
    if (text && char === "\\") i++;
    else if (char === '"') text = !text;
    else if (!text && char in closing) open.push(closing[char] ?? "");
    else if (!text && char === open.at(-1)) {
      open.pop();
      if (open.length === 0) return i + 1;
    }
  }
  return line.length;
}
