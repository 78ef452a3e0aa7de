import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FlagShapes, TokenReader, type Typed } from "../flags/argv.js";
import type { ResolvedFlag } from "../flags/precedence.js";
import { resolvedFlags } from "../flags/prepare-command-line.js";
import { type CommandFlags, type Completes, flagShapes } from "../invocation.js";
import { fieldCandidates, fieldNames, nameCandidates } from "./complete-live.js";

/** The parts of the manifest that are used here. */
interface Manifest {
  readonly globalFlags: Parameters<typeof flagShapes>[0];
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

interface CommandEntry {
  readonly hidden?: boolean;
  readonly aliases: readonly string[];
  readonly flags: Parameters<typeof flagShapes>[0];
  readonly completes?: Completes;
}

const most = 500;

/**
 * Matches text that no shell expands, splits or executes. Shells insert candidates unchanged, and anyone who can
 * register a service chooses its name, so others are left out, also for start-up files of older versions.
 */
const plain = /^[\p{L}\p{M}\p{N}_.:/+=-]+$/u;

/** Prints candidates for the last word. Prints nothing if anything fails. */
export async function complete(words: readonly string[], root: string): Promise<void> {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(join(root, "oclif.manifest.json"), "utf8"));
    const found = await candidates(words, manifest);
    const safe = found.filter((candidate) => plain.test(candidate));
    for (const candidate of safe.slice(0, most)) process.stdout.write(`${candidate}\n`);
  } catch {
    // called at every key press: an error must not print anything
  }
}

async function candidates(words: readonly string[], manifest: Manifest): Promise<string[]> {
  const last = words.at(-1) ?? "";
  const afterField = /^(-F|--field)$/.test(words.at(-2) ?? "");
  const typed = words.slice(0, afterField ? -2 : -1);
  const globals = flagShapes(manifest.globalFlags);
  const commands = commandFlags(manifest, globals);
  const leading = read(typed, globals);
  const id = longest(leading.words, [...commands.keys()]);
  const shapes = commands.get(id ?? "") ?? globals;
  const flags = last.startsWith("-") ? flagNames(shapes, last) : [];
  if (id === undefined)
    return last.startsWith("-") ? flags : nextWords(leading.words, last, [...commands.keys()]);
  const rest = read(typed, shapes);
  const { flags: resolved } = resolvedFlags({ id, flags: rest.flags }, shapes);
  const args = rest.words.slice(id.split(":").length);
  if (afterField) return fieldCandidates(args, last, resolved);
  if (!last.startsWith("-"))
    return (await nameCandidates(completes(id, manifest), args, resolved)).filter(
      (name) => /^[^-]/.test(name) && name.startsWith(last),
    );
  const loose = shapes.has("loose_field") ? await fieldFlags(args, last, resolved) : [];
  return [...flags, ...loose.filter((name) => !flags.includes(name))].sort();
}

function completes(typed: string, { commands }: Manifest): Completes | undefined {
  return Object.entries(commands).find(([id, { aliases }]) => id === typed || aliases.includes(typed))?.[1]
    .completes;
}

/** Parses an unfinished command line, so unknown flags are allowed. */
function read(typed: readonly string[], shapes: FlagShapes): Typed {
  return new TokenReader(typed).read(shapes, { unknown: (name) => name });
}

function commandFlags({ commands }: Manifest, globals: FlagShapes): CommandFlags {
  const visible = Object.entries(commands).filter(([, { hidden }]) => !hidden);
  return new Map(
    visible.flatMap(([id, { flags, aliases }]) => {
      const all = new Map([...globals, ...flagShapes(flags)]);
      return [id, ...aliases].map((name) => [name, all] as const);
    }),
  );
}

function longest(words: readonly string[], ids: readonly string[]): string | undefined {
  for (let length = Math.min(4, words.length); length > 0; length--) {
    const id = words.slice(0, length).join(":");
    if (ids.includes(id)) return id;
  }
  return undefined;
}

function nextWords(words: readonly string[], last: string, ids: readonly string[]): string[] {
  const before = words.map((word) => `${word}:`).join("");
  const next = ids
    .filter((id) => id.startsWith(before + last))
    .map((id) => id.slice(before.length).split(":")[0] ?? "");
  return [...new Set(next)].sort();
}

function flagNames(shapes: FlagShapes, last: string): string[] {
  const names = [...shapes.keys()].filter((name) => name !== "anonymous").map((name) => `--${name}`);
  return names.filter((name) => name.startsWith(last.replaceAll(/(?<=\w)-/g, "_"))).sort();
}

/** Returns the fields of the request as flags. Empty if the registry does not answer. */
async function fieldFlags(
  args: readonly string[],
  last: string,
  resolved: readonly ResolvedFlag[],
): Promise<string[]> {
  if (args.length < 2 || !/^-(-|$)/.test(last)) return [];
  const fields = await fieldNames(args, resolved).catch(() => []);
  return fields.map((name) => `--${name}`).filter((name) => name.startsWith(last));
}
