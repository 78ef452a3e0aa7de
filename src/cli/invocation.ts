import { suggest } from "../core/text/suggest.js";
import { CliError } from "./errors.js";
import { type FlagShape, type FlagShapes, TokenReader, type TypedFlag } from "./flags/argv.js";

/** The flags of each command, by id (`list:services`). */
export type CommandFlags = ReadonlyMap<string, FlagShapes>;

/** What the first arguments of a command are: a service, or a service and one of its methods. */
export type Completes = "service" | "method";

/** A command line as typed, before other settings are added. */
export interface Invocation {
  /** Id of a command, or of a topic if only that was typed. Undefined without any word. */
  readonly id: string | undefined;
  readonly isTopic: boolean;
  readonly flags: readonly TypedFlag[];
  readonly words: readonly string[];
}

/** A method: `Say.Hello`, or `shop-items.get-one` as some other languages name theirs. */
export const methodPattern = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*(\.[\p{L}\p{N}_][\p{L}\p{N}_-]*)+$/u;

const deepest = 4;

/**
 * Parses a command line. Global flags may stand before the command. @throws {CliError} for unknown commands and flags.
 */
export function readInvocation(
  argv: readonly string[],
  globals: FlagShapes,
  commands: CommandFlags,
): Invocation {
  const reader = new TokenReader(argv);
  const leading = reader.read(globals, { stopAtWord: true }).flags;
  if (reader.left.length === 0 || reader.left[0] === "--")
    return { id: undefined, isTopic: false, flags: leading, words: [] };
  const { id, length } = longestId(reader.left, commands);
  const shapes = commands.get(id);
  const rest = new TokenReader(reader.left.slice(length)).read(shapes ?? globals, unknownOf(shapes));
  if (!shapes && rest.words.length > 0) throw unknownCommand([...id.split(":"), ...rest.words], commands);
  const flags = [...(id === "sidecar" ? leading.map(ofItself) : leading), ...rest.flags];
  return { id, isTopic: !shapes, flags, words: rest.words };
}

function longestId(tokens: readonly string[], commands: CommandFlags): { id: string; length: number } {
  const ids = [...commands.keys()];
  for (let length = Math.min(deepest, tokens.length); length > 0; length--) {
    const id = tokens.slice(0, length).join(":");
    if (commands.has(id)) return { id, length };
  }
  for (let length = Math.min(deepest, tokens.length); length > 0; length--) {
    const topic = tokens.slice(0, length).join(":");
    if (ids.some((id) => id.startsWith(`${topic}:`))) return { id: topic, length };
  }
  throw unknownCommand(
    tokens.filter((token) => !token.startsWith("-")),
    commands,
  );
}

function unknownCommand(words: readonly string[], commands: CommandFlags): CliError {
  const typed = words.slice(0, 2).join(" ");
  const names = [...commands.keys()].map((id) => id.replaceAll(":", " "));
  const [name] = [...suggest(typed, names, 1), ...suggest(words[0] ?? "", names, 1)];
  return new CliError("UNKNOWN_COMMAND", `unknown command "${typed}"`, {
    hint: name === undefined ? "micro --help" : `did you mean micro ${name}?`,
  });
}

/** Lets `query` and `stream` take `--name v` after the method as a field of the request. */
function unknownOf(shapes: FlagShapes | undefined) {
  if (!shapes?.has("loose_field")) return {};
  return {
    unknown: (_name: string, words: readonly string[]) =>
      words.slice(0, 2).some((word) => methodPattern.test(word)) ? "loose_field" : undefined,
  };
}

/** Before the word `sidecar`, `--server_*` flags describe the sidecar's own node. */
function ofItself(flag: TypedFlag): TypedFlag {
  return flag.name.startsWith("server_") ? { ...flag, name: `self_${flag.name}` } : flag;
}

/** A flag as declared in oclif or in its manifest. */
interface DeclaredFlag {
  readonly type: string;
  readonly char?: string;
  readonly multiple?: boolean;
}

/** Extracts what the parser needs from oclif's declarations. */
export function flagShapes(declared: Readonly<Record<string, DeclaredFlag>>): FlagShapes {
  return new Map(Object.entries(declared).map(([name, flag]) => [name, shape(flag)]));
}

function shape({ type, char, multiple }: DeclaredFlag): FlagShape {
  return { takesValue: type === "option", list: multiple === true, char };
}
