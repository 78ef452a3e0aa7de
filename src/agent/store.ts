import { isDeepStrictEqual } from "node:util";
import { tooLarge } from "../core/errors.js";
import { Indexes, type Topic } from "./indexes.js";
import {
  type CheckDefinition,
  type CheckEntry,
  type ExternalNode,
  keyOf,
  limits,
  type NodeDefinition,
  type ServiceDefinition,
  type ServiceEntry,
  type Status,
} from "./model.js";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Instance = Omit<Writable<ServiceEntry>, "checks"> & { readonly checks: Map<string, CheckEntry> };

/**
 * The whole state of the registry, in memory: instances by key and by name, their checks, and the index of each change.
 */
export class Store {
  readonly indexes = new Indexes();
  readonly #services = new Map<string, Instance>();
  readonly #names = new Map<string, Map<string, Instance>>();
  readonly #checks = new Map<string, CheckEntry>();
  readonly #nodes = new Map<string, ExternalNode>();

  /** The external nodes, by name. */
  get nodes(): ReadonlyMap<string, ExternalNode> {
    return this.#nodes;
  }

  /** The instances by key. The key of those of this node is their id. */
  get services(): ReadonlyMap<string, ServiceEntry> {
    return this.#services;
  }

  get checks(): ReadonlyMap<string, CheckEntry> {
    return this.#checks;
  }

  /** The instances by service name. */
  get names(): ReadonlyMap<string, ReadonlyMap<string, ServiceEntry>> {
    return this.#names;
  }

  /** Yields the checks of a node itself, not of its services. */
  *nodeChecks(node?: string): Iterable<CheckEntry> {
    for (const check of this.#checks.values()) if (check.serviceId === "" && check.node === node) yield check;
  }

  /** Returns the instance that a check belongs to. Undefined for a check of a node. */
  serviceOf({ serviceId, node }: CheckDefinition): ServiceEntry | undefined {
    return serviceId === "" ? undefined : this.#services.get(keyOf({ id: serviceId, node }));
  }

  /** Adds or changes an external node. @throws {MicroError} 413 if the store is full. */
  putNode(definition: NodeDefinition): void {
    const known = this.#nodes.get(definition.name);
    if (known && sameNode(known, definition)) return;
    if (!known && this.#nodes.size >= limits.nodes)
      throw tooLarge("go.micro.agent", `More than ${limits.nodes} nodes`);
    const index = this.indexes.change("node");
    this.#nodes.set(definition.name, {
      ...definition,
      createIndex: known?.createIndex ?? index,
      modifyIndex: index,
    });
    this.indexes.wake("node");
  }

  /** Removes an external node with everything on it. An absent one is not an error. */
  removeNode(name: string): void {
    if (!this.#nodes.has(name)) return;
    for (const [key, { node }] of this.#services) if (node === name) this.removeService(key);
    for (const [key, { node }] of this.#checks) if (node === name) this.removeCheck(key);
    this.#nodes.delete(name);
    this.indexes.change("node");
    this.indexes.wake("node");
  }

  /**
   * Adds or changes an instance. Without a difference, no index changes. @throws {MicroError} 413 if the store is full.
   */
  putService(definition: ServiceDefinition): void {
    const known = this.#services.get(keyOf(definition));
    if (known && fingerprint(known) === fingerprint(definition)) return;
    if (!known && this.#services.size >= limits.services)
      throw tooLarge("go.micro.agent", `More than ${limits.services} services`);
    const renamed: readonly Topic[] =
      known && known.name !== definition.name ? [`service:${known.name}`] : [];
    const topics: readonly Topic[] = ["services", "instances", `service:${definition.name}`, ...renamed];
    const index = this.indexes.change(...topics);
    if (known && renamed.length > 0) this.#forget(known);
    const createIndex = known?.createIndex ?? index;
    const checks = known?.checks ?? new Map<string, CheckEntry>();
    this.#keep({ ...definition, createIndex, modifyIndex: index, checks });
    this.indexes.wake(...topics);
  }

  /** Removes an instance and its checks. Returns false if there is none. */
  removeService(key: string): boolean {
    const entry = this.#services.get(key);
    if (!entry) return false;
    this.#services.delete(key);
    for (const check of entry.checks.keys()) this.#checks.delete(check);
    const topics: readonly Topic[] = ["services", "instances", "checks", `service:${entry.name}`];
    this.indexes.change(...topics);
    this.#forget(entry);
    this.indexes.wake(...topics);
    return true;
  }

  /** Adds a check, or changes its definition and keeps its status. @throws {MicroError} 413 if the store is full. */
  putCheck(definition: CheckDefinition): void {
    const known = this.#checks.get(keyOf(definition));
    if (!known && this.#checks.size >= limits.checks)
      throw tooLarge("go.micro.agent", `More than ${limits.checks} checks`);
    const status = known?.status ?? definition.status;
    this.#setCheck({ ...definition, status, output: known?.output ?? "", createIndex: 0, modifyIndex: 0 });
  }

  /** Sets the result of a check. A change of output alone does not change an index, as in Consul. */
  setStatus(key: string, status: Status, output: string): void {
    const check = this.#checks.get(key);
    if (check) this.#setCheck({ ...check, status, output: output.slice(0, limits.output) });
  }

  removeCheck(key: string): boolean {
    const check = this.#checks.get(key);
    if (!check) return false;
    this.#checks.delete(key);
    this.#checksOf(check)?.delete(key);
    const topics = this.#topicsOf(check);
    this.indexes.change(...topics);
    this.indexes.wake(...topics);
    return true;
  }

  #setCheck(check: CheckEntry): void {
    const known = this.#checks.get(keyOf(check));
    if (known && sameCheck(known, check)) this.#keepCheck({ ...check, ...indexesOf(known) });
    else this.#changeCheck(check, known);
  }

  #changeCheck(check: CheckEntry, known: CheckEntry | undefined): void {
    if (known) this.#checksOf(known)?.delete(keyOf(known));
    const topics = this.#topicsOf(check);
    const index = this.indexes.change(...topics);
    this.#keepCheck({ ...check, createIndex: known?.createIndex ?? index, modifyIndex: index });
    this.indexes.wake(...topics);
  }

  #keepCheck(check: CheckEntry): void {
    this.#checks.set(keyOf(check), check);
    this.#checksOf(check)?.set(keyOf(check), check);
  }

  /** Returns the topics of a check. That of the node concerns every service. */
  #topicsOf(check: CheckEntry): readonly Topic[] {
    const service = this.serviceOf(check);
    return ["checks", service ? `service:${service.name}` : "node"];
  }

  #checksOf({ serviceId, node }: CheckEntry): Map<string, CheckEntry> | undefined {
    return this.#services.get(keyOf({ id: serviceId, node }))?.checks;
  }

  #keep(entry: Instance): void {
    this.#services.set(keyOf(entry), entry);
    const instances = this.#names.get(entry.name) ?? new Map<string, Instance>();
    this.#names.set(entry.name, instances.set(keyOf(entry), entry));
  }

  #forget(entry: Instance): void {
    const instances = this.#names.get(entry.name);
    instances?.delete(keyOf(entry));
    if (instances?.size !== 0) return;
    this.#names.delete(entry.name);
    this.indexes.drop(`service:${entry.name}`);
  }
}

/** Returns everything that the client registered as a text, to tell a renewal from a change. */
function fingerprint(service: ServiceDefinition): string {
  const { id, name, tags, address, port, meta, taggedAddresses, weights, enableTagOverride } = service;
  return JSON.stringify([id, name, tags, address, port, meta, taggedAddresses, weights, enableTagOverride]);
}

function indexesOf({ createIndex, modifyIndex }: CheckEntry) {
  return { createIndex, modifyIndex };
}

function sameCheck(a: CheckEntry, b: CheckEntry): boolean {
  return (
    a.status === b.status &&
    a.name === b.name &&
    a.notes === b.notes &&
    a.serviceId === b.serviceId &&
    a.probe.type === b.probe.type
  );
}

function sameNode(
  { createIndex: _created, modifyIndex: _modified, ...known }: ExternalNode,
  definition: NodeDefinition,
) {
  return isDeepStrictEqual(known, definition);
}
