import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { lstat, rm } from "node:fs/promises";
import { type AddressInfo, createConnection, type Server } from "node:net";
import { MicroError } from "../../core/errors.js";
import {
  formatAddress,
  type HostPort,
  isLoopback,
  isUnspecified,
  parseAddress,
} from "../../core/net/address.js";
import { loopbackAddress } from "../../core/net/local-address.js";

/** Where a server listens: a host and a port, or a socket file. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly file: string };

/**
 * Parses `host:port` or `unix:/path`. Resolves a host name to the IP address, so that the address that is checked is
 * the one that is bound.
 * @throws {MicroError} 400 (USAGE) when it is neither, or the host is unknown.
 */
export async function resolvePlace(address: string, id: string): Promise<ListenAddress> {
  if (address.startsWith("unix:")) return { file: address.slice("unix:".length) };
  const { host, port } = parse(address, id);
  if (host === "localhost") return { host: loopbackAddress(), port };
  if (isUnspecified(host)) return { host: host === "0.0.0.0" ? host : "::", port };
  try {
    return { host: (await lookup(host)).address, port };
  } catch (cause) {
    throw new MicroError(id, 400, `address "${address}": no such host`, { reason: "USAGE", cause });
  }
}

function parse(address: string, id: string): HostPort {
  try {
    return parseAddress(address);
  } catch {
    throw new MicroError(id, 400, `address "${address}": not host:port or unix:/path`, { reason: "USAGE" });
  }
}

/** True for an address that only this machine can reach. */
export function isLocal(place: ListenAddress): boolean {
  return "file" in place || isLoopback(place.host);
}

/**
 * Binds, and returns `host:port` or `unix:/path` as bound.
 * @throws {MicroError} 500 (ADDRESS_IN_USE, IO_ERROR) when it cannot.
 */
export async function bind(server: Server, place: ListenAddress, id: string): Promise<string> {
  if ("file" in place) return bindFile(server, place.file, id);
  await listen(server, () => server.listen({ ...place, ipv6Only: false }), formatAddress(place), id);
  const bound = server.address() as AddressInfo;
  return formatAddress({ host: bound.address, port: bound.port });
}

async function bindFile(server: Server, file: string, id: string): Promise<string> {
  await removeStale(file, id);
  const mask = process.umask(0o177);
  try {
    const listening = listen(server, () => server.listen(file), `unix:${file}`, id);
    process.umask(mask);
    await listening;
  } finally {
    process.umask(mask);
  }
  return `unix:${file}`;
}

async function listen(server: Server, start: () => void, address: string, id: string): Promise<void> {
  const listening = once(server, "listening");
  start();
  try {
    await listening;
  } catch (cause) {
    const taken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
    const detail = taken ? "address in use" : (cause as Error).message;
    const reason = taken ? "ADDRESS_IN_USE" : "IO_ERROR";
    throw new MicroError(id, 500, `listen on "${address}": ${detail}`, { reason, cause });
  }
}

/**
 * Removes a socket file that a dead process left behind: one that refuses connections. Never removes anything else.
 * @throws {MicroError} 500 (IO_ERROR) when the file exists and is not a socket.
 */
async function removeStale(file: string, id: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket())
    throw new MicroError(id, 500, `listen on "unix:${file}": the file exists and is not a socket`, {
      reason: "IO_ERROR",
    });
  if (await isRefused(file)) await rm(file, { force: true });
}

async function isRefused(file: string): Promise<boolean> {
  const socket = createConnection(file);
  try {
    await once(socket, "connect");
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
