import type { Value } from "../../src/core/service.js";

/** The kinds of fields that the form has an own control for; anything else is raw JSON. */
export type Kind = "text" | "flag" | "number" | "list" | "object" | "any";

const numbers = /^(u?int(8|16|32|64)?|float(32|64)|double|number|byte)$/;

export function kindOf({ type, values }: Value): Kind {
  if (type === "string") return "text";
  if (type === "bool" || type === "boolean") return "flag";
  if (numbers.test(type)) return "number";
  if (type === "[]uint8" || type === "[]byte") return "text";
  if (type.startsWith("[]") && values.length === 1) return "list";
  return values.length > 0 && !type.startsWith("[]") ? "object" : "any";
}

/** An empty value of a type: what a form starts with. */
export function emptyOf(value: Value, depth = 0): unknown {
  switch (kindOf(value)) {
    case "text":
      return "";
    case "flag":
      return false;
    case "number":
      return 0;
    case "list":
      return [];
    case "any":
      return null;
    case "object":
      return depth > 6 ? {} : emptyObject(value, depth);
  }
}

/** An object with all described fields but those of no known type. */
export function emptyObject(value: Value, depth = 0): Record<string, unknown> {
  const known = value.values.filter((field) => kindOf(field) !== "any");
  return Object.fromEntries(known.map((field) => [field.name, emptyOf(field, depth + 1)]));
}
