import { formatAddress, type HostPort, isUnspecified, parseAddress } from "./address.js";
import { ownInterfaces } from "./interfaces.js";

const privateNetwork = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** Returns the loopback address of this machine: `127.0.0.1`, or `::1` if it has only IPv6. */
export function loopbackAddress(): string {
  const addresses = (ownInterfaces() ?? []).map(({ address }) => address);
  return addresses.includes("::1") && !addresses.some((address) => address.startsWith("127."))
    ? "::1"
    : "127.0.0.1";
}

/** Returns `host:port` at the loopback address. */
export function loopback(port: number): string {
  return formatAddress({ host: loopbackAddress(), port });
}

/**
 * Returns the address at which this machine reaches a listener bound to `address`: loopback if it is bound to every
 * interface.
 */
export function dialAddress(address: string): string {
  const { host, port } = parseAddress(address);
  return isUnspecified(host) ? loopback(port) : formatAddress({ host, port });
}

/**
 * Returns the address at which others reach a listener bound to `bound`: the advertised host or `host:port` if given,
 * otherwise an address of this machine.
 */
export function advertised(bound: HostPort, advertise: string | undefined): HostPort {
  if (advertise) return parseAddress(advertise, bound.port);
  const { host, port } = bound;
  return { host: isUnspecified(host) ? reachableAddress(host === "0.0.0.0") : host, port };
}

/**
 * The last address that others could reach, by whether only IPv4 was wanted. While the network is down it is still the
 * right one to advertise, and loopback never is.
 */
const last = new Map<boolean, string>();

/** Returns the address of an interface. Without one, the last address there was; without that, loopback. */
function reachableAddress(onlyIPv4: boolean): string {
  const found = outwardAddress(onlyIPv4) ?? last.get(onlyIPv4);
  if (found === undefined) return loopbackAddress();
  last.set(onlyIPv4, found);
  return found;
}

/** Returns the first private IPv4 address, else any other IPv4 address, else one of IPv6. */
function outwardAddress(onlyIPv4: boolean): string | undefined {
  const outward = (ownInterfaces() ?? []).filter(({ internal }) => !internal);
  const v4 = outward.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  const found = v4.find((address) => privateNetwork.test(address)) ?? v4[0];
  if (onlyIPv4 || found !== undefined) return found;
  // A link-local address is only valid together with the name of an interface.
  return outward.find(({ family, address }) => family === "IPv6" && !/^fe[89ab]/i.test(address))?.address;
}
