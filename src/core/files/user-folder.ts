import { realpathSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { readSmallFile } from "./small-file.js";

/** The folder of the user; undefined where there is none, as for a user id without an entry in the system. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  // a relative one would be wherever the program runs, and so anybody's
  for (const look of [() => env.HOME, homedir, () => userInfo().homedir]) {
    try {
      const folder = look();
      if (folder && isAbsolute(folder)) return folder;
    } catch {
      // the system does not know this user
    }
  }
  return undefined;
}

/** Where the user's own settings are; undefined without a home. */
export function configPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { XDG_CONFIG_HOME: given } = env;
  if (given && isAbsolute(given)) return join(given, "micro", "config.json");
  const home = homeFolder(env);
  return home === undefined ? undefined : join(home, ".config", "micro", "config.json");
}

/** True for a folder that the user trusted by `micro context trust`: its `micro.json` may name code and secrets. */
export function isTrusted(folder: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const path = configPath(env);
  if (path === undefined) return false;
  try {
    const { trusted } = JSON.parse(readSmallFile(path, { own: true }).toString()) as { trusted?: unknown };
    return Array.isArray(trusted) && trusted.includes(realpathSync(folder));
  } catch {
    // settings that cannot be read trust nothing
    return false;
  }
}
