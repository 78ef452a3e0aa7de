/** Values by the names in a pattern, percent-decoded. */
export type PathParams = ReadonlyMap<string, string>;

interface Part {
  readonly text: string;
  readonly name: string | undefined;
}

/**
 * A literal element. Not `:id` or `*`, which other routers take for parameters. Characters beyond ASCII are written as
 * they are, not percent-encoded.
 */
const literal = /^(?![:*])(?:[\w~!$&'()*+,;=:@.-]|[^\0-\x7f\p{C}\p{Z}])+$/u;
const named = /^\{(?!__proto__\})([a-zA-Z_]\w{0,63})\}$/;
const maxParts = 32;
const maxLength = 500;

/** Paths that the gateway answers itself: no service can claim them. */
export const gatewayPaths =
  /^\/(?:rpc$|health\/|metrics$|stats$|openapi\.json$|docs(?:\/page\.(?:js|css))?$|favicon\.ico$|$)/;

/**
 * A path with named elements, such as `/users/{id}`. Paths are compared element by element, each percent-decoded once.
 * No regular expression is built from it.
 */
export class RoutePattern {
  readonly text: string;
  readonly #parts: readonly Part[];

  private constructor(text: string, parts: readonly Part[]) {
    this.text = text;
    this.#parts = parts;
  }

  /** Returns undefined for a text that is not a pattern: texts come from the registry, and may be anything. */
  static parse(text: string): RoutePattern | undefined {
    if (faultOf(text) !== undefined) return undefined;
    return new RoutePattern(
      text,
      elementsOf(text).map((part) => ({ text: part, name: named.exec(part)?.[1] })),
    );
  }

  /** Names in the pattern, in order. */
  get names(): string[] {
    return this.#parts.flatMap(({ name }) => name ?? []);
  }

  /** Equal for patterns that match the same paths. */
  get shape(): string {
    return this.#parts.map(({ text, name }) => `/${name === undefined ? text : "{}"}`).join("");
  }

  /** Sorts literal elements first: `/users/me` before `/users/{id}`. */
  compare(other: RoutePattern): number {
    const weight = (pattern: RoutePattern) =>
      pattern.#parts.map(({ name }) => (name === undefined ? "0" : "1")).join("");
    return weight(this).localeCompare(weight(other)) || this.text.localeCompare(other.text);
  }

  /**
   * Returns the values of the names, or undefined if `path` does not match. A value may contain a slash, sent as `%2F`:
   * an element is always one value, and never affects which method is called.
   */
  match(path: string): PathParams | undefined {
    const elements = elementsOf(path);
    if (elements.length !== this.#parts.length) return undefined;
    const params = new Map<string, string>();
    for (const [i, part] of this.#parts.entries()) {
      const sent = elements[i] ?? "";
      const element = sent.includes("%") ? decodeURIComponent(sent) : sent;
      if (part.name === undefined ? element !== part.text : element === "") return undefined;
      if (part.name !== undefined) params.set(part.name, element);
    }
    return params;
  }
}

/** Returns why `text` is not a pattern. Undefined if it is one. */
export function faultOf(text: string): string | undefined {
  if (!text.startsWith("/")) return "it does not begin with a slash";
  if (text.length > maxLength) return `it is longer than ${maxLength} characters`;
  const elements = elementsOf(text);
  if (elements.length > maxParts) return `it has more than ${maxParts} elements`;
  const wrong = elements.find((element, i) => !isElement(element, i > 0 && i === elements.length - 1));
  if (wrong?.includes("%")) return `the element "${wrong}" is percent-encoded; write it as it is read`;
  if (wrong !== undefined) return `the element "${wrong}" is neither plain text nor a name, as {id}`;
  const names = elements.filter((element) => named.test(element));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  return twice && `the name ${twice} is there twice`;
}

/** Only the last element may be empty: `/users/` is another path than `/users`. */
function isElement(element: string, last: boolean): boolean {
  if (element === "") return last;
  if (element === "." || element === "..") return false;
  return literal.test(element) || named.test(element);
}

function elementsOf(path: string): string[] {
  return path.slice(1).split("/");
}
