import { BlockList, isIP } from "node:net";
import { MicroError } from "../../core/errors.js";
import { parseAddress } from "../../core/net/address.js";

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

/** Whether the IP address is in one of the networks. */
export function contains(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Returns a test of whether a `host:port` is in one of the networks. A host name never is. @throws As `blockList`. */
export function inNetworks(entries: readonly string[], id: string): (address: string) => boolean {
  const list = blockList(entries, id);
  return (address) => contains(list, parseAddress(address).host);
}
