import { posix } from "node:path";
import { badRequest } from "../../core/errors.js";

/** The path of a request. It is parsed once, and used for routing, policy, log and relaying. */
export interface CleanPath {
  /** The path as sent, percent-encoded, without the query. */
  readonly path: string;
  /** The query with its question mark. Empty if there is none. */
  readonly query: string;
  /** The path with `//`, `.` and `..` resolved, and the query. Undefined for a path that is already clean. */
  readonly redirect?: string;
  /** True if the path is unclean only because of a `//` after its first element. Relayed paths keep that unchanged. */
  readonly doubled?: boolean;
}

const dots = /\/\.\.?(?:\/|$)/;

/** Each element ends at a slash or the end, so that the expression needs no backtracking. */
const plain = /^\/(?:[\w~!$&'()*+,;=:@-][\w~!$&'()*+,;=:@.-]*(?:\/|$))*$/;
const printable = /^\/[!-~]*$/;

/** True for an unambiguous path: nothing in it is escaped, doubled or relative. */
export function isPlainPath(path: string): boolean {
  return plain.test(path);
}

/**
 * Parses the raw URL of a request.
 * @throws {MicroError} 400 for what programs interpret differently: NUL, backslash, fragment, non-ASCII bytes, invalid
 * escapes, escapes that are not UTF-8, and escaped dot segments.
 */
export function cleanPath(url: string, id: string): CleanPath {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? "" : url.slice(mark);
  if (isPlainPath(path)) return { path, query };
  if (!printable.test(path) || /[\\#]/.test(path)) throw badRequest(id, "request path: not clean ASCII");
  if (path.includes("%")) checkEscapes(path, id);
  const clean = posix.normalize(path);
  if (clean === path) return { path, query };
  return { path, query, redirect: clean + query, doubled: !path.startsWith("//") && !dots.test(path) };
}

function checkEscapes(path: string, id: string): void {
  for (const segment of path.split("/")) {
    const decoded = decodeSegment(segment);
    if (decoded === undefined) throw badRequest(id, "request path: broken escape");
    if (hasControl(decoded)) throw badRequest(id, "request path: control character");
    const dots = decoded.split(/[/\\]/).some((part) => part === "." || part === "..");
    if (dots && decoded !== segment) throw badRequest(id, "request path: escaped dot segment");
  }
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** True for a path with an escaped slash or backslash, which must not select a service or method. */
export function hidesSlash(path: string): boolean {
  return path.includes("%") && /%2f|%5c/i.test(path);
}
