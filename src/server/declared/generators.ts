import { badRequest, internal, type MicroError } from "../../core/errors.js";

/** @throws {MicroError} 400 (USAGE) for a generator function: calling it would run none of its body. */
export function refuseGenerator(what: string, handler: object, instead: string): void {
  if (!/Generator/.test(tagOf(handler))) return;
  throw badRequest("go.micro.server", `${what}: its handler is a generator; ${instead}`, { reason: "USAGE" });
}

/** @throws {MicroError} 400 (USAGE) for an async function: it returns a promise, which cannot be iterated. */
export function refusePromise(what: string, handler: object): void {
  if (!/AsyncFunction/.test(tagOf(handler))) return;
  const detail = `${what}: its handler is an async function; give it an async generator: ${asyncGenerator}`;
  throw badRequest("go.micro.server", detail, { reason: "USAGE" });
}

/** The error for a stream handler that returned no iterable. */
export function noAnswers(service: string, method: string): MicroError {
  return internal(service, `${method}: its handler returned no iterable; give it ${asyncGenerator}`);
}

const asyncGenerator = "async function* (requests) { … yield response; }";

function tagOf(handler: object): string {
  return Object.prototype.toString.call(handler);
}

/** The error for a call handler that returned a generator, which JSON would encode as `{}`. */
export function manyAnswers(service: string, method: string): MicroError {
  const detail = `${method}: its handler returned a generator; ${declareStream(method)}`;
  return internal(service, detail);
}

/** True for a generator object. */
export function isGenerator(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "next" in answer && isIterable(answer);
}

/** How to declare a streaming method, for error messages. */
export function declareStream(method: string): string {
  return `declare a streaming method with stream("${method}", …)`;
}

/** True for what can be iterated over. */
export function isIterable(answer: object): answer is AsyncIterable<unknown> | Iterable<unknown> {
  return Symbol.asyncIterator in answer || Symbol.iterator in answer;
}
