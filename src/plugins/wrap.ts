import type { Client } from "../client/client.js";
import type { Handler } from "../server/server.js";
import type { Plugin } from "./plugin.js";

/** Wraps a client with all plugins. The first plugin is outermost. */
export function wrapClient(client: Client, plugins: readonly Plugin[]): Client {
  return plugins.reduceRight((next, plugin) => plugin.client?.(next) ?? next, client);
}

/** Wraps a handler with all plugins. The first plugin is outermost. */
export function wrapHandler(handler: Handler, plugins: readonly Plugin[]): Handler {
  return plugins.reduceRight((next, plugin) => plugin.handler?.(next) ?? next, handler);
}
