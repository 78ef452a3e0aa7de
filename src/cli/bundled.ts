import { type Command, Config, type Interfaces } from "@oclif/core";
import { main } from "./main.js";

/** How a bundled command is had: nothing of it runs before. */
export type Loaders = Readonly<Record<string, () => Promise<{ default: Command.Class }>>>;

/** What the bundle knows of its package. */
export interface Package {
  readonly root: string;
  readonly pjson: Interfaces.PJSON;
  readonly loaders: Loaders;
}

/** Runs one command line with the commands of the bundle. */
export async function runBundled(argv: readonly string[], { root, pjson, loaders }: Package): Promise<void> {
  const config = await Config.load({ root, pjson });
  for (const command of config.commands) {
    const id = command.aliases.includes(command.id) ? aliased(config, command.id) : command.id;
    command.load = () => load(config, id, loaders);
  }
  await main(argv, config);
}

function aliased(config: Interfaces.Config, alias: string): string {
  return config.commands.find(({ id, aliases }) => id !== alias && aliases.includes(alias))?.id ?? alias;
}

async function load(config: Interfaces.Config, id: string, loaders: Loaders): Promise<Command.Class> {
  const found = await loaders[id]?.();
  if (!found) throw new Error(`command ${id} is not in the bundle: build it again`);
  found.default.id = id;
  found.default.plugin = config.plugins.get(config.pjson.name);
  return found.default;
}
