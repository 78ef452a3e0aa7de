/** A token of a filter expression. Source: the grammar of Consul's filters (go-bexpr). */
export interface FilterToken {
  readonly kind: "word" | "text" | "symbol" | "end";
  readonly text: string;
  /** Offset of its first character. */
  readonly at: number;
}

/** Sticky, so that each match starts where the last one ended. Linear, because no repetition contains another. */
const pattern =
  /[ \t\r\n]*(?:(==|!=|\(|\)|\[|\]|\.)|"((?:[^"\\]|\\.)*)"|`([^`]*)`|([A-Za-z][A-Za-z0-9_/]*|-?[0-9]+(?:\.[0-9]+)?))/y;

/** Splits an expression into tokens. Undefined if a character belongs to none. */
export function tokenise(expression: string): readonly FilterToken[] | undefined {
  const tokens: FilterToken[] = [];
  const end = expression.trimEnd().length;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < end) {
    const found = pattern.exec(expression);
    if (!found) return undefined;
    tokens.push(token(found));
  }
  return [...tokens, { kind: "end", text: "", at: end }];
}

function token([matched, symbol, quoted, raw, word]: RegExpExecArray & { 0: string }): FilterToken {
  const at = pattern.lastIndex - matched.trimStart().length;
  if (symbol !== undefined) return { kind: "symbol", text: symbol, at };
  if (word !== undefined) return { kind: "word", text: word, at };
  return { kind: "text", text: raw ?? quoted?.replace(/\\(.)/g, "$1") ?? "", at };
}
