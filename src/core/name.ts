import { badRequest } from "./errors.js";

/**
 * True for what can be the name of a service, or the id of a node, on every registry. Paths of requests hold the name:
 * Consul redirects one that is empty or has steps of a path in it.
 */
export function isName(text: string): boolean {
  return text !== "" && !/\p{Cc}|\p{Cs}|\/\/|^\/|\/$|(^|\/)\.{1,2}(\/|$)/u.test(text);
}

/** @throws {MicroError} 400 of `id` when it is none; `what` says whose name it is. */
export function requireName(text: string, id: string, what: string): void {
  if (isName(text)) return;
  throw badRequest(id, `${what}: a name is not empty, no path such as "../x", and has no control characters`);
}
