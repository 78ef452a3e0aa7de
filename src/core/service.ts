/**
 * One version of a service, in the shape of the wire JSON. Source: the registry model of the Go ecosystem, in which
 * lists and maps may also be null; here they are always present.
 */
export interface Service {
  /** Name of the service, such as `go.micro.srv.greeter`. */
  readonly name: string;
  /** Version of the service, such as `1.0.0`. Any text. */
  readonly version: string;
  /** No registry stores it: it always reads back empty. */
  readonly metadata: Metadata;
  /** The methods and subscribers of this version. Empty if it registered none. */
  readonly endpoints: readonly Endpoint[];
  /** The running copies of this version. */
  readonly nodes: readonly Node[];
}

/** Strings by name. Nodes, endpoints, calls and messages have metadata. */
export type Metadata = Readonly<Record<string, string>>;

/** One running copy of a service. */
export interface Node {
  /** Unique within the registry, such as `go.micro.srv.greeter-6f0c…`. */
  readonly id: string;
  /** Host name or IP address, IPv6 without brackets. */
  readonly address: string;
  /** The port it listens on. */
  readonly port: number;
  /** How to talk to the node (`protocol`, `transport`, `secure`, `mux`), and the service's own entries. */
  readonly metadata: Metadata;
  /** Result of the registry's health check. Absent if the registry has no checks. Not part of the wire. */
  readonly status?: NodeStatus;
  /**
   * True if another machine registered the node: its loopback address then means that machine, not this one. Set only
   * where the address may be a loopback address. Not part of the wire.
   */
  readonly foreign?: boolean;
}

/** Identifies a node: the registry may return a new object for a known one. */
export function nodeKey({ id, address, port }: Node): string {
  return `${id}@${address}:${port}`;
}

/** Result of a node's health check. `unknown`: the registry has checks, but none for this node. */
export type NodeStatus = "passing" | "critical" | "unknown";

/** The description of one method or subscriber. */
export interface Endpoint {
  /** The method, written `Type.Method`. Of a subscriber: the name of its handler, or the topic. */
  readonly name: string;
  /** Type of the request. Null if it is not known. */
  readonly request: Value | null;
  /** Type of the response. Null if it is not known, and for subscribers. */
  readonly response: Value | null;
  /** Such as `idempotent` and `stream` of a method, `topic` and `subscriber` of a subscriber. */
  readonly metadata: Metadata;
}

/** A type as a tree of fields. */
export interface Value {
  /** Name of the field; at the root, a name for the type. */
  readonly name: string;
  /** Go name of the type: `string`, `[]int64`, `Request`. */
  readonly type: string;
  /** The fields of an object, empty for other types. */
  readonly values: readonly Value[];
}
