import { posix } from "node:path";
import { badRequest } from "../../core/errors.js";

/** The path of a request, looked at once: route, policy, log and forward all use this one. */
export interface CleanPath {
  /** As it was sent, percent-encoding included, without the query. */
  readonly path: string;
  /** From the question mark on; empty without one. */
  readonly query: string;
  /** Where `//`, `.` and `..` of the path lead; absent for a path that is clean already. */
  readonly redirect?: string;
  /** Only a `//` behind its first element makes the path unclean: where it is relayed, that goes on byte for byte. */
  readonly doubled?: boolean;
}

const dots = /\/\.\.?(?:\/|$)/;

/** Each element ends at a slash or at the end, so that there is one way to read a path and no backtracking. */
const plain = /^\/(?:[\w~!$&'()*+,;=:@-][\w~!$&'()*+,;=:@.-]*(?:\/|$))*$/;
const printable = /^\/[!-~]*$/;

/** True for a path that has one reading only: nothing in it is escaped, doubled or relative. */
export function isPlainPath(path: string): boolean {
  return plain.test(path);
}

/**
 * Reads the raw URL of a request.
 * @throws {MicroError} 400 for NUL, backslash, fragments, bytes beyond ASCII, broken escapes, escapes that are no
 * UTF-8, and escaped dot segments: what one program reads otherwise than the next.
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

/** True for a path element that holds an escaped slash or backslash: it must not choose a service or a method. */
export function hidesSlash(path: string): boolean {
  return path.includes("%") && /%2f|%5c/i.test(path);
}
