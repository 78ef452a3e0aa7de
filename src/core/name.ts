import { badRequest } from "./errors.js";

/**
 * True for a text that every registry accepts as the name of a service or the id of a node. Names are part of request
 * paths: Consul redirects a path with an empty, `.` or `..` segment.
 */
export function isName(text: string): boolean {
  return text !== "" && !/\p{Cc}|\p{Cs}|\/\/|^\/|\/$|(^|\/)\.{1,2}(\/|$)/u.test(text);
}

/** @throws {MicroError} 400 from `id` if `value` is not a string, as TypeScript demands. `what` tells which value. */
export function requireText(value: unknown, id: string, what: string): void {
  if (typeof value === "string") return;
  throw badRequest(id, `${what} is ${value === null ? "null" : typeof value}, not a string`);
}

/** @throws {MicroError} 400 from `id` if `text` is not a valid name. `what` tells whose name it is. */
export function requireName(text: string, id: string, what: string): void {
  if (isName(text)) return;
  throw badRequest(id, `${what}: a name is not empty, no path such as "../x", and has no control characters`);
}
