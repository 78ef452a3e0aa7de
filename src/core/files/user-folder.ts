import { realpathSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { readSmallFile } from "./small-file.js";

/** Returns the user's home folder. Undefined if there is none, as for a user id without a passwd entry. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  // a relative path would depend on the working directory, and so could belong to anyone
  for (const read of [() => env.HOME, homedir, () => userInfo().homedir]) {
    try {
      const folder = read();
      if (folder && isAbsolute(folder)) return folder;
    } catch {
      // the user id has no passwd entry
    }
  }
  return undefined;
}

/** Returns the path of the user's own settings. Undefined without a home folder. */
export function configPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { XDG_CONFIG_HOME: given } = env;
  if (given && isAbsolute(given)) return join(given, "micro", "config.json");
  const home = homeFolder(env);
  return home === undefined ? undefined : join(home, ".config", "micro", "config.json");
}

/**
 * True if the user has trusted the folder with `micro context trust`. Its `micro.json` may then name code and secrets.
 */
export function isTrusted(folder: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const path = configPath(env);
  if (path === undefined) return false;
  try {
    const { trusted } = JSON.parse(readSmallFile(path, { own: true }).toString()) as { trusted?: unknown };
    return Array.isArray(trusted) && trusted.includes(realpathSync(folder));
  } catch {
    // without readable settings, nothing is trusted
    return false;
  }
}
