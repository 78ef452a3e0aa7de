import { badRequest, internal, type MicroError } from "../../core/errors.js";

/** @throws {MicroError} 400 (USAGE) for a generator function, of whose body nothing would run. */
export function refuseGenerator(what: string, handler: object, instead: string): void {
  if (!/Generator/.test(tagOf(handler))) return;
  throw badRequest("go.micro.server", `${what}: its handler is a generator; ${instead}`, { reason: "USAGE" });
}

/** @throws {MicroError} 400 (USAGE) for an async function, which returns a promise: no answers to send. */
export function refusePromise(what: string, handler: object): void {
  if (!/AsyncFunction/.test(tagOf(handler))) return;
  const detail = `${what}: its handler is an async function; give it an async generator: ${asyncGenerator}`;
  throw badRequest("go.micro.server", detail, { reason: "USAGE" });
}

/** The error of a stream whose handler returned nothing to send answers from. */
export function noAnswers(service: string, method: string): MicroError {
  return internal(service, `${method}: its handler returned no iterable; give it ${asyncGenerator}`);
}

const asyncGenerator = "async function* (requests) { … yield response; }";

function tagOf(handler: object): string {
  return Object.prototype.toString.call(handler);
}

/** The error of a method that is to answer once, and whose handler returned a generator: JSON makes `{}` of it. */
export function manyAnswers(service: string, method: string): MicroError {
  const detail = `${method}: its handler returned a generator; ${declareStream(method)}`;
  return internal(service, detail);
}

/** True for what a generator function returns. */
export function isGenerator(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "next" in answer && isIterable(answer);
}

/** How a method of many answers is declared. */
export function declareStream(method: string): string {
  return `a method of many answers is declared by stream("${method}", …)`;
}

/** True for what can be iterated over. */
export function isIterable(answer: object): answer is AsyncIterable<unknown> | Iterable<unknown> {
  return Symbol.asyncIterator in answer || Symbol.iterator in answer;
}
