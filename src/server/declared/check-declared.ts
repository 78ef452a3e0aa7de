import { badRequest } from "../../core/errors.js";

interface Declared {
  /** `handle`, `stream` or `subscribe`. */
  readonly by: string;
  /** The method or topic. */
  readonly name: unknown;
  readonly handler: unknown;
  /** The types of a method, the options of a subscriber. */
  readonly rest: unknown;
}

/**
 * Checks at run time what TypeScript checks at compile time: in JavaScript, each call would fail instead.
 * @throws {MicroError} 400 (USAGE) that shows what to write.
 */
export function checkDeclared({ by, name, handler, rest }: Declared): void {
  const topic = by === "subscribe";
  const shown = typeof name === "string" ? `"${name}"` : topic ? '"topic"' : '"Type.Method"';
  const write = topic ? `subscribe(${shown}, handler)` : `${by}(${shown}, {}, handler)`;
  const problem =
    wrong(topic ? "the topic is" : "the method is", name, "string", "a text") ??
    wrong("the handler is", handler, "function", "a function") ??
    wrong(topic ? "the options are" : "the types are", rest, "object", "an object");
  if (problem)
    throw badRequest("go.micro.server", `${by} ${shown}: ${problem}: write ${write}`, { reason: "USAGE" });
}

function wrong(what: string, value: unknown, type: string, wanted: string): string | undefined {
  const found = value === null ? "null" : typeof value;
  return found === type ? undefined : `${what} ${found}, not ${wanted}`;
}
