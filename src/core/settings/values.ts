import { parseAddress } from "../net/address.js";
import { parseBoolean } from "../text/boolean.js";
import { parseDuration } from "../time/duration.js";
import { type Kind, type Setting, settings } from "./settings.js";

/** The parsed value of a setting, by its kind. */
export interface Values {
  text: string;
  /** One of the names. */
  choice: string;
  /** `host:port`. */
  address: string;
  /** Host or `host:port`. */
  host: string;
  /** Texts between commas. */
  list: readonly string[];
  /** From `key=value`. */
  pairs: Readonly<Record<string, string>>;
  /** Milliseconds, from a Go duration (`500ms`, `1m30s`) or a whole number of seconds. Zero or more. */
  duration: number;
  count: number;
  boolean: boolean;
}

/** The members of a setting that parsing needs. */
export type Readable<K extends Kind> = Pick<Setting, "least" | "names"> & { readonly kind: K };

type Readers = {
  readonly [K in Kind]: (texts: readonly string[], setting: Readable<Kind>) => Values[K] | undefined;
};

const readers: Readers = {
  text: lastOf,
  choice: (texts, { names }) => names?.find((name) => name === lastOf(texts)),
  address: (texts) => withAddress(lastOf(texts)),
  host: (texts) => withAddress(lastOf(texts), 0),
  list: (texts) => texts.flatMap(splitAtCommas),
  pairs: readPairs,
  duration: (texts, { least = 0 }) => readDuration(lastOf(texts), least),
  count: (texts, { least = 0 }) => readCount(lastOf(texts), least),
  boolean: (texts) => parseBoolean(lastOf(texts)),
};

/**
 * Parses a setting that was given once or several times: lists and pairs use all texts, every other kind the last.
 * Undefined if a text is not what `wanted` describes.
 */
export function readTexts<K extends Kind>(
  setting: Readable<K>,
  texts: readonly string[],
): Values[K] | undefined {
  return readers[setting.kind](texts, setting);
}

/** Describes, for errors, what a text of this kind has to be. */
export function wanted({ kind, least, names = [] }: Readable<Kind>): string {
  const words: Readonly<Partial<Record<Kind, string>>> = {
    choice: names.join(" or "),
    address: "host:port",
    host: "a host, or host:port",
    pairs: "key=value",
    duration: `a duration${least === 1 ? " above 0," : ""} such as 500ms, 2s or 1m30s`,
    count: least === 1 ? "a whole number from 1" : "a whole number",
    boolean: "true or false",
  };
  return words[kind] ?? "a string";
}

type Defaulted = {
  [Name in keyof typeof settings]: (typeof settings)[Name] extends { default: string } ? Name : never;
}[keyof typeof settings];

/** Returns the default of a setting, parsed. */
export function defaultOf<Name extends Defaulted>(name: Name): Values[(typeof settings)[Name]["kind"]] {
  const setting: Setting = settings[name];
  const value = readTexts(setting, [setting.default ?? ""]);
  if (value === undefined) throw new TypeError(`the default of ${name} is not ${wanted(setting)}`);
  return value as Values[(typeof settings)[Name]["kind"]];
}

/** Splits a list at commas. Blanks around the items and empty items are dropped. */
export function splitAtCommas(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function lastOf(texts: readonly string[]): string {
  return texts.at(-1) ?? "";
}

function withAddress(text: string, defaultPort?: number): string | undefined {
  try {
    parseAddress(text, defaultPort);
    return text;
  } catch {
    return undefined;
  }
}

function readPairs(texts: readonly string[]): Record<string, string> | undefined {
  const pairs = texts.map((text) => [text.indexOf("="), text] as const);
  if (pairs.some(([equals]) => equals < 1)) return undefined;
  return Object.fromEntries(pairs.map(([equals, text]) => [text.slice(0, equals), text.slice(equals + 1)]));
}

function readDuration(text: string, least: number): number | undefined {
  try {
    const value = parseDuration(text);
    return value < 0 || (value === 0 && least > 0) ? undefined : value;
  } catch {
    return undefined;
  }
}

function readCount(text: string, least: number): number | undefined {
  return /^\d{1,15}$/.test(text) && Number(text) >= least ? Number(text) : undefined;
}
