import { badRequest, internal, type MicroError } from "../core/errors.js";

/** @throws {MicroError} 400 (USAGE) for a generator function, of whose body nothing would run. */
export function refuseGenerator(what: string, handler: object, instead: string): void {
  if (!/Generator/.test(Object.prototype.toString.call(handler))) return;
  throw badRequest("go.micro.server", `${what}: its handler is a generator; ${instead}`, { reason: "USAGE" });
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

function isIterable(answer: object): boolean {
  return Symbol.asyncIterator in answer || Symbol.iterator in answer;
}
