import { badRequest, tooLarge } from "../../core/errors.js";

/** Values by name, in the order sent. A `Map`, because the names come from clients. */
export type Form = ReadonlyMap<string, readonly string[]>;

const maxNames = 1000;

/**
 * Parses a query (with or without its question mark) or a form body.
 * @throws {MicroError} 400 for a broken escape or escapes of bytes that are not UTF-8, 413 for more than 1,000 names.
 */
export function parseForm(text: string, id: string): Form {
  const found = new Map<string, string[]>();
  for (const pair of (text.startsWith("?") ? text.slice(1) : text).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeEscapes(equals < 0 ? pair : pair.slice(0, equals), id);
    const value = equals < 0 ? "" : decodeEscapes(pair.slice(equals + 1), id);
    const values = found.get(name);
    if (values) values.push(value);
    else if (found.size === maxNames) throw tooLarge(id, `form: more than ${maxNames} names`);
    else found.set(name, [value]);
  }
  return found;
}

/** The error text is that of Go's `url` package, as in the original. */
function decodeEscapes(text: string, id: string): string {
  const plain = text.replaceAll("+", " ");
  if (!plain.includes("%")) return plain;
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(plain);
  if (broken) throw badRequest(id, `Error parsing form: invalid URL escape ${JSON.stringify(broken[0])}`);
  try {
    return decodeURIComponent(plain);
  } catch {
    // The original replaces such bytes. Here a call gets what was sent, or an error.
    throw badRequest(id, "Error parsing form: not UTF-8");
  }
}
