import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FlagShapes, TokenReader, type Typed } from "./argv.js";
import { openRegistry } from "./connect.js";
import { type CommandFlags, flagShapes } from "./invocation.js";
import { sources } from "./prepare.js";
import { sanitise } from "./sanitise.js";
import { type SettledFlag, settle } from "./settings.js";

/** What of the manifest is needed here. */
interface Manifest {
  readonly globalFlags: Parameters<typeof flagShapes>[0];
  readonly commands: Readonly<
    Record<string, { hidden?: boolean; aliases: string[]; flags: Parameters<typeof flagShapes>[0] }>
  >;
}

/** Milliseconds for the registry. */
const patience = 300;
const most = 500;
const withMethod = /^(query|call|stream|explain|bench)$/;
const withService = /^(get:service|describe|health|stats|gen:client|watch|registry:get:service)$/;

/** Prints what may stand in the place of the last word; nothing at all when something fails. */
export async function complete(words: readonly string[], root: string): Promise<void> {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(join(root, "oclif.manifest.json"), "utf8"));
    const found = await candidates(words, manifest);
    for (const candidate of found.slice(0, most)) process.stdout.write(`${sanitise(candidate)}\n`);
  } catch {
    // a shell asks at every key: silence is the only good answer to a failure
  }
}

async function candidates(words: readonly string[], manifest: Manifest): Promise<string[]> {
  const typed = words.slice(0, -1);
  const last = words.at(-1) ?? "";
  const globals = flagShapes(manifest.globalFlags);
  const commands = commandFlags(manifest, globals);
  const leading = read(typed, globals);
  const id = longest(leading.words, [...commands.keys()]);
  const shapes = commands.get(id ?? "") ?? globals;
  if (last.startsWith("-"))
    return flagNames(shapes).filter((name) => name.startsWith(last.replaceAll(/(?<=\w)-/g, "_")));
  if (id === undefined) return nextWords(leading.words, last, [...commands.keys()]);
  const { words: rest, flags } = read(typed, shapes);
  const args = rest.slice(id.split(":").length);
  const settled = settle(flags, shapes, sources({ id, flags }));
  const names = await liveNames(id, args, settled);
  return names.filter((name) => name.startsWith(last));
}

/** Unknown flags are passed over: the line is not finished. */
function read(typed: readonly string[], shapes: FlagShapes): Typed {
  return new TokenReader(typed).read(shapes, { unknown: (name) => name });
}

function commandFlags({ commands }: Manifest, globals: FlagShapes): CommandFlags {
  const visible = Object.entries(commands).filter(([, { hidden }]) => !hidden);
  return new Map(
    visible.flatMap(([id, { flags, aliases }]) => {
      const all = new Map([...globals, ...flagShapes(flags)]);
      return [id, ...aliases].map((each) => [each, all] as const);
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

function flagNames(shapes: FlagShapes): string[] {
  return [...shapes.keys()].map((name) => `--${name}`).sort();
}

async function liveNames(
  id: string,
  args: readonly string[],
  settled: readonly SettledFlag[],
): Promise<string[]> {
  const methods = withMethod.test(id) && args.length === 1;
  if (!methods && !(args.length === 0 && (withMethod.test(id) || withService.test(id)))) return [];
  const signal = AbortSignal.timeout(patience);
  const all = (name: string) => settled.filter((flag) => flag.name === name).map(({ value }) => value);
  const addresses = all("registry_address");
  const flags = {
    registry: all("registry").at(-1),
    registry_address: addresses.length > 0 ? addresses : undefined,
    proxy_address: all("proxy_address").at(-1),
    token_file: all("token_file").at(-1),
  };
  await using registry = await openRegistry(flags as Parameters<typeof openRegistry>[0], () => {});
  if (!methods) return (await registry.listServices({ signal })).map(({ name }) => name).sort();
  const versions = await registry.getService(args[0] ?? "", { signal });
  return [...new Set(versions.flatMap(({ endpoints }) => endpoints.map(({ name }) => name)))].sort();
}
