import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { unavailable } from "../core/errors.js";
import { isLoopback, isSameAddress } from "../core/net/address.js";
import { ownInterfaces } from "../core/net/interfaces.js";
import type { Metadata, Node, Service } from "../core/service.js";

/** The metadata of a node that says whose loopback its address is. */
const key = "host";
const written = /^[0-9a-f]{32}$/;

let own: string | undefined;

/**
 * A hash that all programs share which reach each other at 127.0.0.1, and no others: of the running kernel and its
 * network namespace, so that two containers of one machine differ. Without Linux, of the host name.
 * @throws {MicroError} 503 while this process can open no file.
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
    // Another name than that of the other programs here would make their nodes those of another machine.
    if (isOutOfFiles((error as NodeJS.ErrnoException).code))
      throw unavailable("go.micro.registry", (error as Error).message, { cause: error });
    return hostname();
  }
}

/** True for the code of an error by which the process, or the machine, has no file descriptor left. */
export function isOutOfFiles(code: string | undefined): boolean {
  return code === "EMFILE" || code === "ENFILE";
}

/** True for an address that may mean another place on each machine: loopback, or a name. */
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
 * Whether another machine registered a node with this metadata. Where the node does not say, it is one of this machine
 * only while the registry itself is `local`.
 */
export function isForeign(metadata: Metadata, local: boolean): boolean {
  const host = metadata[key];
  return host !== undefined && written.test(host) ? host !== machineId() : !local;
}

/** Marks the node as `foreign` if it is, and if its address may mean another machine elsewhere. */
export function markForeign(node: Node, foreign: boolean): Node {
  return foreign && mayBeLoopback(node.address) ? { ...node, foreign } : node;
}

/** True for an IP address that is none of this machine. */
export function isOfAnother(address: string): boolean {
  return isIP(address) !== 0 && !isOwnAddress(address);
}

/** True for a loopback address and for those of the network interfaces of this machine. */
export function isOwnAddress(ip: string): boolean {
  if (isLoopback(ip)) return true;
  return (ownInterfaces() ?? []).some(({ address }) => isSameAddress(ip, address));
}
