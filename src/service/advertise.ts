import { networkInterfaces } from "node:os";
import { type HostPort, isUnspecified, parseAddress } from "../core/address.js";

/** Where others reach what is bound at `bound`: the advertised host or `host:port` if given, else an address of this machine. */
export function advertised(bound: string, advertise: string | undefined): HostPort {
  const { host, port } = parseAddress(bound);
  if (advertise) return parseAddress(advertise, port);
  return { host: isUnspecified(host) ? ownAddress() : host, port };
}

/** The first private IPv4 address, else any that others may reach, else loopback. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
  return addresses.find((address) => isPrivate.test(address)) ?? addresses[0] ?? "127.0.0.1";
}

const isPrivate = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
