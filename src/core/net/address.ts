import { BlockList, isIP } from "node:net";
import { badRequest } from "../errors.js";

/** An address to dial or to listen on. */
export interface HostPort {
  /** Host name or IP address, IPv6 without brackets. Empty: every interface. */
  readonly host: string;
  /** 0 to 65535. To listen on 0 is to listen on any free port. */
  readonly port: number;
}

/**
 * Parses `host:port`, `[v6]:port`, `:port` or, with `defaultPort`, a bare host.
 * @throws {MicroError} 400 if it is none of these.
 */
export function parseAddress(address: string, defaultPort?: number): HostPort {
  const match =
    /^(?:\[([^\]]*)\]|([^:[\]]*)|([0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*))(?::(\d{1,5}))?$/.exec(
      address,
    );
  const host = match?.[1] ?? match?.[2] ?? match?.[3] ?? "";
  const port = match?.[4] === undefined ? defaultPort : Number(match[4]);
  if (!match || port === undefined || port > 65_535)
    throw badRequest("go.micro.client", `address "${shownAddress(address)}": not host:port`);
  return { host, port };
}

const scheme = /^[a-z][a-z\d+.-]*:\/\//i;
const hostAndPort = /^(?:\[[^\]@]*\]|[^:]*)(?::\d*)?(?:[/?#]|$)|^[\da-f:.]*$/i;

/**
 * Returns an address as errors may show it, however malformed. It masks everything before an `@`, and whatever stands
 * in place of a port but is not one, such as the password of `user:password` without a host.
 */
export function shownAddress(address: string): string {
  const [start = ""] = scheme.exec(address) ?? [];
  const rest = address.slice(start.length);
  const at = rest.lastIndexOf("@");
  if (at >= 0) return `${start}***${rest.slice(at)}`;
  return hostAndPort.test(rest) ? address : `${start}${rest.slice(0, rest.indexOf(":") + 1)}***`;
}

/** Writes `host:port`, with brackets around IPv6. */
export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * True for `localhost`, 127.0.0.0/8 and ::1 in every spelling that resolves without a name server: IPv4-mapped IPv6,
 * and the short, hexadecimal, octal and decimal forms that resolvers accept (`127.1`, `0x7f.1`, `2130706433`).
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  const ip = isIP(host) === 0 ? numericAddress(host) : host;
  return ip !== undefined && loopback.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");
}

/** Returns the dotted form of an IPv4 address that is written in any other form. */
function numericAddress(host: string): string | undefined {
  if (!/^[0-9a-fx.]*[0-9a-fx]$/i.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  const { hostname } = new URL(`http://${host}`);
  return isIP(hostname) === 4 ? hostname : undefined;
}

/** True if both are the same IP address, also where one is IPv4-mapped IPv6. */
export function isSameAddress(ip: string, other: string): boolean {
  const list = new BlockList();
  list.addAddress(other, isIP(other) === 6 ? "ipv6" : "ipv4");
  return list.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");
}

/** True for an address that names every interface of the machine. */
export function isUnspecified(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}
