import { splitAtCommas } from "./values.js";

/** A JSON object that holds settings by name. */
export type FileValues = Readonly<Record<string, unknown>>;

/** What a `micro.json` holds for a setting. `plugins` is the key of `plugin`; a name with dashes is an alias. */
export function valueIn(values: FileValues, name: string): unknown {
  if (name === "plugin") return values.plugins;
  return Object.hasOwn(values, name) ? values[name] : values[name.replaceAll("_", "-")];
}

/** True for a value that says nothing. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/**
 * A value of a file or a variable as texts, each as one flag would give it. A text holds several at commas where `list`
 * says so; a list or an object (`key=value`) holds one in each member, commas included.
 * @throws {Error} that says what the value is not.
 */
export function textsOf(name: string, value: unknown, list: boolean): string[] {
  if (name.endsWith("_address")) refuseNumbers(value);
  if (Array.isArray(value) && list) return value.map(textOf);
  if (list && typeof value === "object" && value !== null)
    return Object.entries(value).map(([key, each]) => `${key}=${textOf(each)}`);
  return list ? splitAtCommas(textOf(value)) : [textOf(value)];
}

/** As an address a number would be a machine of that name. */
function refuseNumbers(value: unknown): void {
  const wrong = [value].flat().find((each) => typeof each === "number" || typeof each === "boolean");
  if (wrong !== undefined)
    throw new TypeError(`${wrong} is a ${typeof wrong}, not a text such as "host:port"`);
}

function textOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value);
  throw new TypeError("not a text or a number");
}
