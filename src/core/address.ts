import { isIP } from "node:net";
import { badRequest } from "./errors.js";

/** A place to dial or to listen: IPv6 hosts without brackets, an empty host for all interfaces. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `[v6]:port`, `:port` or, with `defaultPort`, a bare host.
 * @throws {MicroError} 400 when it is none of these.
 */
export function parseAddress(address: string, defaultPort?: number): HostPort {
  const match =
    /^(?:\[([^\]]*)\]|([^:[\]]*)|([0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*))(?::(\d{1,5}))?$/.exec(
      address,
    );
  const host = match?.[1] ?? match?.[2] ?? match?.[3] ?? "";
  const port = match?.[4] === undefined ? defaultPort : Number(match[4]);
  if (!match || port === undefined || port > 65_535)
    throw badRequest("go.micro.client", `address "${address}": not host:port`);
  return { host, port };
}

/** Writes `host:port`, with brackets around IPv6. */
export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True for `localhost`, 127.0.0.0/8 and ::1; an empty host means every interface. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  const v4 = host.startsWith("::ffff:") ? host.slice(7) : host;
  return isIP(v4) === 4 && v4.startsWith("127.");
}

/** True for an address that names every interface of the machine. */
export function isUnspecified(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}
