import type { Client } from "../client/client.js";
import type { Handler } from "../server/server.js";
import type { Plugin } from "./plugin.js";

/** The client with the wrappers of all plugins around it, that of the first outermost. */
export function wrapClient(client: Client, plugins: readonly Plugin[]): Client {
  return plugins.reduceRight((next, plugin) => plugin.client?.(next) ?? next, client);
}

/** The handler with the wrappers of all plugins around it, that of the first outermost. */
export function wrapHandler(handler: Handler, plugins: readonly Plugin[]): Handler {
  return plugins.reduceRight((next, plugin) => plugin.handler?.(next) ?? next, handler);
}
