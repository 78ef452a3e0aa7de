/**
 * Characters that control a terminal or reorder text: C0, DEL, C1, lone surrogates, bidi controls, zero width. Source:
 * CVE-2021-25743.
 */
const harmful = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** Makes untrusted text safe to print: harmful characters are shown as `\x1b` or `\u202e`. */
export function sanitise(text: string): string {
  return text.replace(harmful, visible);
}

/** Does the same for text of several lines: line feeds and tabs stay. */
export function sanitiseLines(text: string): string {
  return text.replace(harmful, (char) => (char === "\n" || char === "\t" ? char : visible(char)));
}

/** Does the same for JSON text without changing its value: harmful characters become `\uXXXX`. */
export function sanitiseJson(text: string): string {
  return text.replace(harmful, (char) => (/[\n\t\r]/.test(char) ? char : `\\u${hex(char, 4)}`));
}

function visible(char: string): string {
  return char.charCodeAt(0) < 0x100 ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`;
}

function hex(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, "0");
}
