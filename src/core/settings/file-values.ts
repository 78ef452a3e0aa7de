import { splitAtCommas } from "./values.js";

/** A JSON object that holds settings by name. */
export type FileValues = Readonly<Record<string, unknown>>;

/**
 * Returns the value of a setting in a `micro.json`. `plugins` is the key of `plugin`; a name with dashes is an alias.
 */
export function valueIn(values: FileValues, name: string): unknown {
  if (name === "plugin") return values.plugins;
  return Object.hasOwn(values, name) ? values[name] : values[name.replaceAll("_", "-")];
}

/** True for a value that counts as not given. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/**
 * Returns a value of a file or variable as texts, each as one use of the flag would give it. If `list` is true, a text
 * is split at commas; of a list or an object (`key=value`), each member is one text, commas included.
 * @throws {TypeError} that tells what is wrong with the value.
 */
export function textsOf(name: string, value: unknown, list: boolean): string[] {
  if (name.endsWith("_address")) refuseNumbers(value);
  if (Array.isArray(value) && list) return value.map(textOf);
  if (list && typeof value === "object" && value !== null)
    return Object.entries(value).map(([key, member]) => `${key}=${textOf(member)}`);
  return list ? splitAtCommas(textOf(value)) : [textOf(value)];
}

/** A number would otherwise be taken for the name of a host. */
function refuseNumbers(value: unknown): void {
  const wrong = [value].flat().find((member) => typeof member === "number" || typeof member === "boolean");
  if (wrong !== undefined)
    throw new TypeError(`${wrong} is a ${typeof wrong}, not a string such as "host:port"`);
}

function textOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value);
  throw new TypeError("not a string or a number");
}
