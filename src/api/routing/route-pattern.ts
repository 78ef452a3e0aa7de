/** Values of a pattern's names, decoded. */
export type PathParams = ReadonlyMap<string, string>;

interface Part {
  readonly text: string;
  readonly name: string | undefined;
}

const literal = /^[\w~!$&'()*+,;=:@.-]+$/;
const named = /^\{([a-zA-Z_]\w{0,63})\}$/;
const maxParts = 32;

/** A path with named elements, as `/users/{id}`. It is compared element by element: there is no expression in it. */
export class RoutePattern {
  readonly text: string;
  readonly #parts: readonly Part[];

  private constructor(text: string, parts: readonly Part[]) {
    this.text = text;
    this.#parts = parts;
  }

  /** Nothing for a text that is no pattern: it comes from the registry. */
  static parse(text: string): RoutePattern | undefined {
    if (!text.startsWith("/") || text.length > 500) return undefined;
    const parts = text.slice(1).split("/");
    if (parts.length > maxParts || !parts.every((part) => literal.test(part) || named.test(part)))
      return undefined;
    if (parts.some((part) => part === "." || part === "..")) return undefined;
    return new RoutePattern(
      text,
      parts.map((part) => ({ text: part, name: named.exec(part)?.[1] })),
    );
  }

  /** Names in the pattern, in order. */
  get names(): string[] {
    return this.#parts.flatMap(({ name }) => name ?? []);
  }

  /** More literal elements come first: `/users/me` before `/users/{id}`. */
  compare(other: RoutePattern): number {
    const weight = (pattern: RoutePattern) =>
      pattern.#parts.map(({ name }) => (name === undefined ? "0" : "1")).join("");
    return weight(this).localeCompare(weight(other)) || this.text.localeCompare(other.text);
  }

  /** The values of the names, or nothing when `path` is another. */
  match(path: string): PathParams | undefined {
    const elements = path.slice(1).split("/");
    if (elements.length !== this.#parts.length) return undefined;
    const params = new Map<string, string>();
    for (const [i, part] of this.#parts.entries()) {
      const element = elements[i] ?? "";
      if (part.name === undefined ? element !== part.text : element === "" || /%2f|%5c/i.test(element))
        return undefined;
      if (part.name !== undefined) params.set(part.name, decodeURIComponent(element));
    }
    return params;
  }
}
