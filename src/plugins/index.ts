export { isInstalled, type LoadOptions, loadPlugins } from "./load.js";
export { type OpenOptions, openPart } from "./open.js";
export type { PartFactory, PartKind, PartOptions, Parts, Plugin, PluginFlag } from "./plugin.js";
export { wrapClient, wrapHandler } from "./wrap.js";
