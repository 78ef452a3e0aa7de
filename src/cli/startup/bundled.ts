import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, Config, type Interfaces } from "@oclif/core";
import { homeFolder } from "../../core/files/user-folder.js";
import { main } from "./main.js";

/** Loads each bundled command on demand. None of its code runs before. */
export type Loaders = Readonly<Record<string, () => Promise<{ default: Command.Class }>>>;

/** Information about the package that the bundle is part of. */
export interface Package {
  readonly root: string;
  readonly pjson: Interfaces.PJSON;
  readonly loaders: Loaders;
}

/** Runs a command line with the bundled commands. */
export async function runBundled(argv: readonly string[], { root, pjson, loaders }: Package): Promise<void> {
  const plugin = new BundledPlugin(root, pjson, loaders);
  const logger = process.env.DEBUG ? undefined : silent;
  const config = new BundledConfig({ root, pjson, plugins: new Map([[plugin.name, plugin]]), logger });
  await load(config);
  await main(argv, config);
}

/**
 * Loads oclif's configuration. oclif reads home folder and shell at every start, which throws for a user id without a
 * passwd entry.
 */
async function load(config: Config): Promise<void> {
  const { HOME, SHELL } = process.env;
  if (homeFolder() === undefined) process.env.HOME = "/nonexistent";
  process.env.SHELL ??= "unknown";
  try {
    await config.load();
  } finally {
    restore("HOME", HOME);
    restore("SHELL", SHELL);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** oclif's configuration, without looking for a theme at every start. */
class BundledConfig extends Config {
  override async loadTheme(): Promise<undefined> {}
}

/** Without a logger, oclif loads a debugging package at every start. */
const silent: Interfaces.Logger = {
  namespace: "oclif",
  child: () => silent,
  debug: () => {},
  error: () => {},
  info: () => {},
  trace: () => {},
  warn: () => {},
};

/**
 * The commands in the manifest. oclif's own plugin class would search for what is already known here, which takes 4 ms
 * at every start.
 */
class BundledPlugin implements Interfaces.Plugin {
  readonly _base = "@oclif/core";
  readonly alias: string;
  readonly commandIDs: string[];
  readonly commands: Command.Loadable[];
  readonly commandsDir = undefined;
  readonly hasManifest = true;
  readonly hooks = {};
  readonly isRoot = true;
  readonly moduleType = "module";
  readonly name: string;
  readonly options: Interfaces.Options;
  readonly pjson: Interfaces.PJSON;
  readonly root: string;
  readonly topics = [];
  readonly type = "core";
  readonly valid = true;
  readonly version: string;
  readonly #loaders: Loaders;

  constructor(root: string, pjson: Interfaces.PJSON, loaders: Loaders) {
    const manifest: Interfaces.Manifest = JSON.parse(readFileSync(join(root, "oclif.manifest.json"), "utf8"));
    this.alias = this.name = pjson.name;
    this.pjson = pjson;
    this.root = root;
    this.options = { root, pjson };
    this.version = pjson.version;
    this.#loaders = loaders;
    this.commandIDs = Object.keys(manifest.commands).sort();
    this.commands = Object.values(manifest.commands)
      .map((command) => ({ ...command, load: () => this.findCommand(command.id) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async findCommand(id: string): Promise<Command.Class> {
    const found = await this.#loaders[id]?.();
    if (!found) throw new Error(`command ${id} is not in the bundle: build it again`);
    found.default.id = id;
    found.default.plugin = this;
    return found.default;
  }

  async load(): Promise<void> {}
}
