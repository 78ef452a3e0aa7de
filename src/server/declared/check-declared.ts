import { badRequest } from "../../core/errors.js";
import { suggest } from "../../core/text/suggest.js";
import { found, isSchema, methodMembers, optionMembers } from "./members.js";

interface Declared {
  readonly by: "handle" | "stream" | "subscribe";
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
  const write = (types: string) =>
    topic
      ? `subscribe(${shown}, handler${types && `, ${types}`})`
      : `${by}(${shown}, ${types || "{}"}, handler)`;
  const refuse = (problem: string, instead: string) => {
    throw badRequest("go.micro.server", `${by} ${shown}: ${problem}: ${instead}`, { reason: "USAGE" });
  };
  const what = topic ? "the options" : "the types";
  if (isSchema(rest))
    refuse(`${what} are a schema`, `write ${write(topic ? "{ type: schema }" : "{ request: schema }")}`);
  const wrongKind =
    wrong(topic ? "the topic is" : "the method is", name, "string", "a string") ??
    wrong("the handler is", handler, "function", "a function") ??
    wrong(`${what} are`, rest, "object", "an object");
  if (wrongKind) refuse(wrongKind, `write ${write("")}`);
  if (isClass(handler))
    refuse("the handler is a class", "give it a function, such as a method of an instance");
  if (!topic && !methodForm.test(String(name)))
    refuse(
      "a method has a type and a name, with one dot between them",
      `write ${by}("Type.Method", {}, handler)`,
    );
  const members = topic ? optionMembers : methodMembers;
  const wrongMember = memberProblem(Object(rest), members);
  if (wrongMember)
    refuse(`${what} ${wrongMember}`, `write ${write(`{ ${Object.keys(members).join(", ")} }`)}`);
}

/** Valid method names. Source: Go Micro servers answer any other with "request ill-formed". */
const methodForm = /^[^.\s/\p{Cc}]+\.[^.\s/\p{Cc}]+$/u;

function wrong(what: string, value: unknown, type: string, wanted: string): string | undefined {
  const kind = found(value);
  return kind === type ? undefined : `${what} ${kind}, not ${wanted}`;
}

function memberProblem(
  given: Readonly<Record<string, unknown>>,
  members: Readonly<Record<string, (value: unknown) => string | undefined>>,
): string | undefined {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(members, name)) {
      const [near] = suggest(name, Object.keys(members));
      return `have no member "${name}"${near === undefined ? "" : `, did you mean "${near}"`}`;
    }
    const problem = value === undefined ? undefined : members[name]?.(value);
    if (problem) return `have as "${name}" ${problem}`;
  }
  return undefined;
}

/** True for a class, the only kind of function whose `prototype` is not writable. */
function isClass(handler: unknown): boolean {
  return Object.getOwnPropertyDescriptor(Object(handler), "prototype")?.writable === false;
}
