import type { Plugin } from "../plugins/index.js";
import type { GlobalFlags } from "./global-flags.js";

/** The plugins that `--plugin` names; nothing is loaded without it. @throws {MicroError} BACKEND_MISSING, BAD_CONFIG. */
export async function pluginsOf(flags: GlobalFlags): Promise<readonly Plugin[]> {
  if (!flags.plugin?.length) return [];
  const { loadPlugins } = await import("../plugins/index.js");
  return loadPlugins(flags.plugin);
}
