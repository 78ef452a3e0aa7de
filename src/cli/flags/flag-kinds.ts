import { Flags } from "@oclif/core";
import { parseDuration } from "../../core/time/duration.js";
import { CliError } from "../errors.js";

/** A flag that is on or off. */
export function yesNo(summary: string, char?: "q" | "y" | "l") {
  return Flags.boolean({ summary, char });
}

/** A flag with a text. */
export function text(
  summary: string,
  options: { char?: "o" | "f"; hidden?: boolean; helpValue?: string } = {},
) {
  return Flags.string({ summary, ...options });
}

/** A flag that may be given several times, or once with commas. */
export function list(summary: string, helpValue?: string) {
  return Flags.string({ summary, helpValue, multiple: true, multipleNonGreedy: true, delimiter: "," });
}

/** A flag that may be given several times, commas being part of its text. */
export function repeated(
  summary: string,
  options: { char?: "F"; hidden?: boolean; helpValue?: string } = {},
) {
  return Flags.string({ summary, multiple: true, multipleNonGreedy: true, ...options });
}

/** A flag with a text out of a few. */
export function oneOf<const T extends readonly string[]>(summary: string, options: T) {
  return Flags.option({ summary, options, helpValue: options.join("|") })();
}

/** A flag with a Go duration; a bare integer is seconds. Its value is milliseconds. */
export function duration(summary: string, char?: "d") {
  return Flags.custom<number>({
    helpValue: "500ms|1m30s",
    parse: async (input, _, { name }) => {
      const value = readDuration(input);
      if (value === undefined) throw badValue(name, input, "a duration such as 500ms, 2s or 1m30s");
      return value;
    },
  })({ summary, char });
}

/** Milliseconds of a Go duration; undefined for any other text, and for one before now. */
export function readDuration(input: string): number | undefined {
  try {
    const value = parseDuration(input);
    return value < 0 ? undefined : value;
  } catch {
    return undefined;
  }
}

/** A flag with a whole number, not negative; `least` is the lowest that it takes. */
export function count(summary: string, options: { char?: "c" | "n"; least?: 0 | 1 } = {}) {
  const { least = 0, ...rest } = options;
  return Flags.custom<number>({
    helpValue: "N",
    parse: async (input, _, { name }) => {
      if (!/^\d{1,15}$/.test(input) || Number(input) < least)
        throw badValue(name, input, least === 0 ? "a whole number" : "a whole number from 1");
      return Number(input);
    },
  })({ summary, ...rest });
}

/** The value of a flag is none that it takes. */
export function badValue(name: string, input: string, wanted: string): CliError {
  return new CliError("BAD_FLAG_VALUE", `flag --${name} "${input}": not ${wanted}`);
}

/** Reads `key=value` pairs. @throws {CliError} for one without `=`. */
export function pairs(flag: string, texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((each) => {
      const equals = each.indexOf("=");
      if (equals < 1) throw badValue(flag, each, "key=value");
      return [each.slice(0, equals), each.slice(equals + 1)];
    }),
  );
}
