import { isIP } from "node:net";
import { blockList, contains } from "./networks.js";
import type { RequestHead } from "./request-head.js";

/** Tells the IP address of the client of a request. */
export type ClientAddress = (request: RequestHead) => string;

/**
 * The socket's address, unless a trusted proxy (address or CIDR) forwards the request: then the last address of
 * `X-Forwarded-For` that is no trusted proxy.
 * @throws {MicroError} 400 (USAGE) for an entry that is neither.
 */
export function clientAddress(trusted: readonly string[], id: string): ClientAddress {
  if (trusted.length === 0) return socketAddress;
  const proxies = blockList(trusted, id);
  return (request) => {
    const socket = socketAddress(request);
    if (!contains(proxies, socket)) return socket;
    const hops = String(request.headers["x-forwarded-for"] ?? "").split(",");
    const addresses = hops.map((hop) => plainAddress(hop.trim())).filter((hop) => isIP(hop) !== 0);
    return addresses.findLast((address) => !contains(proxies, address)) ?? addresses[0] ?? socket;
  };
}

function socketAddress(request: RequestHead): string {
  return plainAddress(request.socket.remoteAddress ?? "127.0.0.1");
}

/** An IPv4 address is the same client, however the socket was opened. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
