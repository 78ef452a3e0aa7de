import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";
import type { Node, Service } from "../../core/service.js";

/** Result of comparing the registry's entry of a service with what this process registered. */
export type OwnEntry =
  | { readonly state: "equal" }
  /** A node is not registered. */
  | { readonly state: "missing" }
  /** It points at this process, but differs otherwise, or its check failed. */
  | { readonly state: "changed" }
  /** It points at another address. `by` is the service there, with that node alone. */
  | { readonly state: "taken"; readonly by: Service };

/** Compares `own` with all `versions` of the service in the registry. */
export function compareEntry(own: Service, versions: readonly Service[]): OwnEntry {
  const pairs = own.nodes.map((node) => ({ node, found: findEntry(versions, node.id) }));
  for (const { node, found } of pairs)
    if (found && !isSamePlace(node, found.nodes[0])) return { state: "taken", by: found };
  if (pairs.some(({ found }) => found === undefined)) return { state: "missing" };
  return { state: pairs.every(({ node, found }) => isEqual(own, node, found)) ? "equal" : "changed" };
}

/** Returns the version with the node `id`, with that node alone. */
function findEntry(versions: readonly Service[], id: string): Service | undefined {
  for (const version of versions) {
    const node = version.nodes.find((candidate) => candidate.id === id);
    if (node) return { ...version, nodes: [node] };
  }
  return undefined;
}

/** Endpoints are not compared: a registry keeps those of a version, not of a node. */
function isEqual(own: Service, node: Node, found: Service | undefined): boolean {
  const [entry] = found?.nodes ?? [];
  return (
    found?.version === own.version &&
    entry?.status !== "critical" &&
    isDeepStrictEqual(entry?.metadata, node.metadata)
  );
}

/**
 * True unless both are IP addresses, and differ. A registry may resolve a host name, or add an address where there is
 * none.
 */
export function isSamePlace(own: Node, found: Node | undefined): boolean {
  if (found === undefined || own.port !== found.port) return false;
  if (isIP(own.address) === 0 || isIP(found.address) === 0) return true;
  return normal(own.address) === normal(found.address);
}

function normal(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address.replace(/%.*/, "")}]`).hostname : address;
}
