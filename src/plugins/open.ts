import { badRequest, type MicroError } from "../core/errors.js";
import { isPath } from "../core/files/find-package.js";
import { shellQuote } from "../core/text/shell-quote.js";
import { suggest } from "../core/text/suggest.js";
import { isPlugin, type Loaded, type LoadOptions, loadModule, partsOf, unusable } from "./load.js";
import {
  type PartFactory,
  type PartKind,
  type PartOptions,
  type Parts,
  type Plugin,
  partMembers,
} from "./plugin.js";

export interface OpenOptions extends LoadOptions {
  /** Loaded plugins. Their names take precedence over those of packages. */
  readonly plugins?: readonly Plugin[];
  /** False opens what is built in or of `plugins`, and loads no other code: for names that came from elsewhere. Default true. */
  readonly load?: boolean;
}

type Opener<Kind extends PartKind> = (name: string, options: PartOptions[Kind]) => Promise<Parts[Kind]>;

interface BuiltIn<Kind extends PartKind> {
  readonly names: readonly string[];
  readonly open: Opener<Kind>;
}

/** The built-in parts. Each loads only its own folder. */
const builtIns: { readonly [Kind in PartKind]: () => Promise<BuiltIn<Kind>> } = {
  registry: async () => {
    const { openRegistry, registryNames } = await import("../registry/index.js");
    return { names: registryNames, open: openRegistry };
  },
  transport: async () => {
    const { openTransport, transportNames } = await import("../transport/index.js");
    return { names: transportNames, open: openTransport };
  },
  broker: async () => {
    const { brokerNames, openBroker } = await import("../broker/index.js");
    return { names: brokerNames, open: openBroker };
  },
  selector: async () => {
    const { strategyNamed, strategyNames } = await import("../selector/index.js");
    const open = async (name: string) => {
      const strategy = strategyNamed(name);
      if (strategy) return strategy;
      throw badRequest("go.micro.selector", `selector "${name}": the default, which needs no strategy`);
    };
    return { names: strategyNames, open };
  },
  codec: async () => {
    const { codecNames, openCodec } = await import("../codec/index.js");
    return { names: codecNames, open: openCodec };
  },
};

/**
 * Opens the part called `name`: a built-in one, else one of `plugins`, else the package `micro-plugin-NAME` or NAME,
 * or the file at a path.
 * @throws {MicroError} 400 if there is none. BAD_CONFIG if it is not of that kind.
 */
export async function openPart<Kind extends PartKind>(
  kind: Kind,
  name: string,
  options: PartOptions[Kind],
  { plugins = [], folder, load = true }: OpenOptions = {},
): Promise<Parts[Kind]> {
  const builtIn = await builtIns[kind]();
  if (builtIn.names.includes(name)) return builtIn.open(name, options);
  const given = plugins.find((plugin) => plugin.name === name);
  const loaded = given ?? (load ? await loadModule(name, { folder }) : undefined);
  if (loaded === undefined) throw unknown(kind, name, builtIn.names);
  const part = await factoryOf(kind, name, loaded)(options);
  checkPart(kind, name, part);
  return part;
}

function factoryOf<Kind extends PartKind>(kind: Kind, name: string, loaded: Loaded): PartFactory<Kind> {
  if (!isPlugin(loaded)) {
    if (typeof loaded === "function") return loaded as PartFactory<Kind>;
    throw unusable(`${kind} "${name}": it is not a plugin: it has no name`);
  }
  const factory = loaded[kind] as PartFactory<Kind> | undefined;
  if (factory) return factory;
  const others = partsOf(loaded);
  throw unusable(
    `${kind} "${name}": the plugin has no ${kind}${others.length > 0 ? `, only ${others.join(", ")}` : ""}`,
  );
}

/** Checks that a part has the members of its kind. */
function checkPart(kind: PartKind, name: string, part: unknown): void {
  if (kind === "selector" && typeof part === "function") return;
  const members = partMembers[kind];
  const lacks = members.find((member) => !hasMember(part, member));
  if (lacks === undefined && members.length > 0) return;
  const what = lacks === undefined ? "a function" : lacks;
  throw unusable(`${kind} "${name}": the plugin did not return a ${kind}: it lacks ${what}`);
}

function hasMember(part: unknown, member: string): boolean {
  return typeof part === "object" && part !== null && member in part;
}

function unknown(kind: PartKind, name: string, names: readonly string[]): MicroError {
  const among = `not one of ${names.join(", ")}`;
  const [meant] = suggest(name, names, 1);
  const plugin = meant
    ? `no plugin: did you mean "${meant}"?`
    : `no plugin: npm install ${shellQuote(`micro-plugin-${name}`)}`;
  const instead = isPath(name) ? "no such file" : plugin;
  return badRequest(`go.micro.${kind}`, `${kind} "${name}": ${among}, and ${instead}`, {
    reason: "BAD_FLAG_VALUE",
  });
}
