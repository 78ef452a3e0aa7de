import { Flags, type Interfaces } from "@oclif/core";
import { type Setting, settings } from "../../core/settings/settings.js";
import { address, count, duration, list, repeated, text } from "./flag-kinds.js";

type Table = typeof settings;

/** The oclif flag of a setting. Lists and pairs are an `OptionFlag` with several texts. */
type FlagOf<S extends Setting> = S["kind"] extends "boolean"
  ? Interfaces.BooleanFlag<boolean>
  : S["kind"] extends "duration" | "count"
    ? Interfaces.OptionFlag<number | undefined>
    : S["kind"] extends "list" | "pairs"
      ? Interfaces.OptionFlag<string[] | undefined>
      : S extends { kind: "choice"; names: readonly (infer Name)[] }
        ? Interfaces.OptionFlag<Name | undefined>
        : Interfaces.OptionFlag<string | undefined>;

type GlobalFlagTable = { [Name in keyof Table]: FlagOf<Table[Name]> };

/** The flags of every command, before or after its name: one per setting. */
export const globalFlags = flagsOf(settings);

/** The values of the global flags, parsed. */
export type GlobalFlags = Interfaces.InferredFlags<GlobalFlagTable>;

function flagsOf(table: Readonly<Record<string, Setting>>): GlobalFlagTable {
  const flags = Object.entries(table).map(([name, setting]) => [name, flagOf(setting)]);
  return Object.fromEntries(flags) as GlobalFlagTable;
}

function flagOf(setting: Setting) {
  const { kind, names, char, hidden, least, placeholder } = setting;
  const summary = summaryOf(setting);
  switch (kind) {
    case "boolean":
      return Flags.boolean({ summary, char, hidden });
    case "choice":
      return Flags.option({ summary, options: names ?? [], helpValue: names?.join("|") })();
    case "duration":
      return duration(summary, { least });
    case "count":
      return count(summary, { least });
    case "list":
      return list(summary, placeholder);
    case "pairs":
      return repeated(summary, { helpValue: "k=v" });
    case "text":
      return text(summary);
    default:
      return address(summary, kind);
  }
}

/** Formats the line of help: `broker: http, nats, redis or memory (default http)`. */
function summaryOf({ help, names, default: usual }: Setting): string {
  const choice = names === undefined ? "" : `: ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return `${help}${choice}${usual === undefined ? "" : ` (default ${usual})`}`;
}
