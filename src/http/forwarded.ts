import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { MicroError } from "../core/errors.js";

/** Tells the IP address of the client of a request. */
export type ClientAddress = (request: IncomingMessage) => string;

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

/** Reads addresses and CIDR blocks. @throws {MicroError} 400 (USAGE) for anything else. */
export function blockList(entries: readonly string[], id: string): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/", 2);
    const family = isIP(address);
    const length = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
    if (family === 0 || !Number.isInteger(length) || length < 0 || length > (family === 6 ? 128 : 32))
      throw new MicroError(id, 400, `"${entry}": not an IP address or CIDR block`, { reason: "USAGE" });
    list.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

function socketAddress(request: IncomingMessage): string {
  return plainAddress(request.socket.remoteAddress ?? "127.0.0.1");
}

/** An IPv4 address is the same client, however the socket was opened. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
