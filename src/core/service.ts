/**
 * The registry's model, in the shape of the wire JSON. Source: the registry model of the Go ecosystem, in which
 * lists and maps may also be null; ours are always present.
 */
export interface Service {
  readonly name: string;
  readonly version: string;
  /** Not stored by any registry: it reads back empty. */
  readonly metadata: Metadata;
  readonly endpoints: readonly Endpoint[];
  readonly nodes: readonly Node[];
}

/** Strings by name: of a node, an endpoint or a call. */
export type Metadata = Readonly<Record<string, string>>;

/** One running copy of a service, at `address`:`port`. */
export interface Node {
  readonly id: string;
  /** Host name or IP address, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly metadata: Metadata;
  /** What the registry's check says; absent where there is none. Not part of the wire. */
  readonly status?: NodeStatus;
  /**
   * Another machine registered it, as far as is known: a loopback address means that machine, not this one. Set where
   * the address may be one. Not part of the wire.
   */
  readonly foreign?: boolean;
}

/** `unknown`: the registry checks nothing there. */
export type NodeStatus = "passing" | "critical" | "unknown";

/** One method (`Say.Hello`) or subscriber, described for people and tools. */
export interface Endpoint {
  readonly name: string;
  readonly request: Value | null;
  readonly response: Value | null;
  readonly metadata: Metadata;
}

/** A type as a tree: `type` has its Go name (`string`, `[]int64`, `Request`), `values` the fields. */
export interface Value {
  readonly name: string;
  readonly type: string;
  readonly values: readonly Value[];
}
