import { isIP } from "node:net";
import type { RequestHead } from "../message/request-head.js";
import { blockList, contains } from "./networks.js";

/** Determines where requests come from. */
export interface ClientAddress {
  /** The IP address of the client. */
  of(request: RequestHead): string;
  /** True if a trusted proxy sent the request, so that its headers can be believed. */
  isProxied(request: RequestHead): boolean;
}

/**
 * The client is the peer of the socket, unless that is a trusted proxy (address or CIDR): then it is the last address
 * in `X-Forwarded-For` that is not a trusted proxy.
 * @throws {MicroError} 400 (USAGE) for an entry that is neither.
 */
export function clientAddress(trusted: readonly string[], id: string): ClientAddress {
  if (trusted.length === 0) return { of: socketAddress, isProxied: () => false };
  const proxies = blockList(trusted, id);
  return {
    of(request) {
      const socket = socketAddress(request);
      if (!contains(proxies, socket)) return socket;
      const hops = String(request.headers["x-forwarded-for"] ?? "").split(",");
      const addresses = hops.map((hop) => plainAddress(hop.trim())).filter((hop) => isIP(hop) !== 0);
      return addresses.findLast((address) => !contains(proxies, address)) ?? addresses[0] ?? socket;
    },
    isProxied: (request) => contains(proxies, socketAddress(request)),
  };
}

function socketAddress(request: RequestHead): string {
  return plainAddress(request.socket.remoteAddress ?? "127.0.0.1");
}

/** Converts an IPv4-mapped IPv6 address to IPv4, so that a client has one address. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
