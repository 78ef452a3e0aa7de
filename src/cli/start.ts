import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, Config, type Interfaces } from "@oclif/core";
import { main } from "./main.js";

/** How a bundled command is had: nothing of it runs before. */
export type Loaders = Readonly<Record<string, () => Promise<{ default: Command.Class }>>>;

/** Runs the bundled command line: `package.json` and commands are inside, the manifest lies in the package. */
export async function start(pjson: Interfaces.PJSON, loaders: Loaders): Promise<void> {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  const config = await Config.load({ root, pjson });
  for (const command of config.commands) {
    const id = command.aliases.includes(command.id) ? aliased(config, command.id) : command.id;
    command.load = () => load(config, id, loaders);
  }
  await main(process.argv.slice(2), config);
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
