import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { unavailable } from "../core/errors.js";
import { isLoopback, isSameAddress } from "../core/net/address.js";
import { ownInterfaces } from "../core/net/interfaces.js";
import type { Metadata, Node, Service } from "../core/service.js";

/** The metadata entry that tells on which machine a loopback address is valid. */
const key = "host";
const written = /^[0-9a-f]{32}$/;

let own: string | undefined;

/**
 * Returns a hash shared by exactly those programs that reach each other at 127.0.0.1: that of the running kernel and
 * the network namespace, so that two containers on one machine differ. Without Linux, that of the host name.
 * @throws {MicroError} 503 if this process cannot open any file.
 */
export function machineId(): string {
  own ??= createHash("sha256").update(loopbackName()).digest("hex").slice(0, 32);
  return own;
}

function loopbackName(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/net")}`;
  } catch (error) {
    // The host name would differ from the ids of other programs here, and make their nodes foreign.
    if (isOutOfFiles((error as NodeJS.ErrnoException).code))
      throw unavailable("go.micro.registry", (error as Error).message, { cause: error });
    return hostname();
  }
}

/** True for the error codes of a process or machine without free file descriptors. */
export function isOutOfFiles(code: string | undefined): boolean {
  return code === "EMFILE" || code === "ENFILE";
}

/** True for an address that may be valid only on its own machine: loopback, or a host name. */
export function mayBeLoopback(address: string): boolean {
  return isIP(address) === 0 || isLoopback(address);
}

/** Adds the id of this machine to the metadata of a node of it whose address other machines may misread. */
export function withMachineId(node: Node): Node {
  if (!mayBeLoopback(node.address) || Object.hasOwn(node.metadata, key)) return node;
  return { ...node, metadata: { ...node.metadata, [key]: machineId() } };
}

/** Does the same for all nodes of `service`. */
export function withMachineIds(service: Service): Service {
  return { ...service, nodes: service.nodes.map(withMachineId) };
}

/** Does the same for a service that the machine at the IP address `ip` registers through this one. */
export function withMachineIdsOf(ip: string, service: Service): Service {
  if (isOwnAddress(ip)) return service;
  const host = createHash("sha256").update(ip).digest("hex").slice(0, 32);
  const mark = (node: Node) =>
    mayBeLoopback(node.address) ? { ...node, metadata: { ...node.metadata, [key]: host } } : node;
  return { ...service, nodes: service.nodes.map(mark) };
}

/**
 * Tells whether another machine registered a node with this metadata. A node that does not say is local only if the
 * registry itself is `local`.
 */
export function isForeign(metadata: Metadata, local: boolean): boolean {
  const host = metadata[key];
  return host !== undefined && written.test(host) ? host !== machineId() : !local;
}

/** Marks the node as `foreign` if it is, and if its address may mean another machine elsewhere. */
export function markForeign(node: Node, foreign: boolean): Node {
  return foreign && mayBeLoopback(node.address) ? { ...node, foreign } : node;
}

/** True for an IP address that does not belong to this machine. */
export function isOfAnother(address: string): boolean {
  return isIP(address) !== 0 && !isOwnAddress(address);
}

/** True for a loopback address, and for those of the network interfaces of this machine. */
export function isOwnAddress(ip: string): boolean {
  if (isLoopback(ip)) return true;
  return (ownInterfaces() ?? []).some(({ address }) => isSameAddress(ip, address));
}
