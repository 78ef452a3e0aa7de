import { lookup } from "node:dns/promises";
import { isSameAddress, parseAddress } from "../../core/net/address.js";
import type { DialRule } from "../../core/net/dial-guard.js";
import { isOwnAddress } from "../../registry/machine.js";
import { type Registry, serversOf } from "../../registry/registry.js";
import { isOwnListener } from "../listener/own-listeners.js";

/**
 * Addresses that a relay never connects to, even if they are registered: the HTTP listeners of its own process, which
 * would loop or bypass their admission, and the registry itself.
 */
export function relayGuard(registry: Registry): DialRule["refuses"] {
  return async (ip, port) => isOwnListener(ip, port) || (await isServer(serversOf(registry), ip, port));
}

async function isServer(servers: readonly string[], ip: string, port: number): Promise<boolean> {
  for (const server of servers) {
    const { host, port: serving } = parseAddress(server);
    if (serving !== port) continue;
    const found = await lookup(host, { all: true }).catch(() => []);
    if (found.some(({ address }) => isSamePlace(ip, address))) return true;
  }
  return false;
}

/** Treats all addresses of this machine as the same, because a server may listen on all of them. */
function isSamePlace(ip: string, other: string): boolean {
  return isSameAddress(ip, other) || (isOwnAddress(ip) && isOwnAddress(other));
}
