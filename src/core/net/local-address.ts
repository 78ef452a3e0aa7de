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

/** `host:port` at the loopback address. */
export function loopback(port: number): string {
  return formatAddress({ host: loopbackAddress(), port });
}

/** Where this machine reaches what is bound at `address`: at loopback what is bound to every interface. */
export function dialAddress(address: string): string {
  const { host, port } = parseAddress(address);
  return isUnspecified(host) ? loopback(port) : formatAddress({ host, port });
}

/**
 * Where others reach what is bound at `bound`: the advertised host or `host:port` if given, else an address of this
 * machine.
 */
export function advertised(bound: HostPort, advertise: string | undefined): HostPort {
  if (advertise) return parseAddress(advertise, bound.port);
  const { host, port } = bound;
  return { host: isUnspecified(host) ? reachableAddress(host === "0.0.0.0") : host, port };
}

/**
 * What others reached this machine at last: by that they find it again when its network is back, never by loopback.
 */
const last = new Map<boolean, string>();

/** The address of an interface, while there is one, else the last one that there was, else loopback. */
function reachableAddress(onlyIPv4: boolean): string {
  const found = outwardAddress(onlyIPv4) ?? last.get(onlyIPv4);
  if (found === undefined) return loopbackAddress();
  last.set(onlyIPv4, found);
  return found;
}

/** The first private IPv4 address, else any other, else one of IPv6. */
function outwardAddress(onlyIPv4: boolean): string | undefined {
  const outward = (ownInterfaces() ?? []).filter(({ internal }) => !internal);
  const v4 = outward.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  const found = v4.find((address) => privateNetwork.test(address)) ?? v4[0];
  if (onlyIPv4 || found !== undefined) return found;
  // A link-local address means something only together with the name of an interface.
  return outward.find(({ family, address }) => family === "IPv6" && !/^fe[89ab]/i.test(address))?.address;
}
