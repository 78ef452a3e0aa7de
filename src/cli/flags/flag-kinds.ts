import { Flags } from "@oclif/core";
import type { Kind } from "../../core/settings/settings.js";
import { type Readable, readTexts, type Values, wanted } from "../../core/settings/values.js";
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

/** A flag that may be given several times. Commas are part of its text. */
export function repeated(
  summary: string,
  options: { char?: "F"; hidden?: boolean; helpValue?: string } = {},
) {
  return Flags.string({ summary, multiple: true, multipleNonGreedy: true, ...options });
}

/** A flag with one of several texts. */
export function oneOf<const T extends readonly string[]>(summary: string, options: T) {
  return Flags.option({ summary, options, helpValue: options.join("|") })();
}

/** A flag with a Go duration; a bare integer is seconds. Its value is milliseconds. With `least`, 0 is refused. */
export function duration(summary: string, { least, char }: { char?: "d"; least?: 1 } = {}) {
  return number({ kind: "duration", least }, { summary, char, helpValue: "500ms|1m30s" });
}

/** A flag with a non-negative whole number. `least` is the smallest one allowed. */
export function count(summary: string, { least, ...rest }: { char?: "c" | "n"; least?: 1 } = {}) {
  return number({ kind: "count", least }, { summary, helpValue: "N", ...rest });
}

function number(
  setting: Readable<"duration" | "count">,
  options: { summary: string; char?: "c" | "d" | "n"; helpValue: string },
) {
  return Flags.custom<number>({ parse: async (input, _, { name }) => read(name, setting, input) })(options);
}

/** A flag with an address: `host:port`. For `host`, the port is optional. */
export function address(summary: string, kind: "address" | "host") {
  return Flags.custom<string>({ parse: async (input, _, { name }) => read(name, { kind }, input) })({
    summary,
  });
}

function read<K extends Kind>(name: string, setting: Readable<K>, text: string): Values[K] {
  const value = readTexts(setting, [text]);
  if (value === undefined) throw badValue(name, text, wanted(setting));
  return value;
}

/** Makes the error for a value that a flag does not accept. */
export function badValue(name: string, input: string, wanted: string): CliError {
  return new CliError("BAD_FLAG_VALUE", `flag --${name} "${input}": not ${wanted}`);
}

/** Reads `key=value` pairs. @throws {CliError} for one without `=`. */
export function pairs(flag: string, texts: readonly string[] = []): Readonly<Record<string, string>> {
  for (const text of texts) read(flag, { kind: "pairs" }, text);
  return readTexts({ kind: "pairs" }, texts) ?? {};
}
