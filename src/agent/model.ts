/** Health of a check, as Consul names it. */
export type Status = "passing" | "warning" | "critical";

/** A machine in the catalog without an agent, added by `/v1/catalog/register`. */
export interface ExternalNode {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly datacenter: string;
  readonly taggedAddresses: Readonly<Record<string, string>> | null;
  readonly meta: Readonly<Record<string, string>> | null;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** A node as registered by a client, without the indexes of the store. */
export type NodeDefinition = Omit<ExternalNode, "createIndex" | "modifyIndex">;

/** The identity of an entry. Different nodes may use the same id. */
export interface Keyed {
  readonly id: string;
  /** Name of its external node. Undefined: it belongs to this agent. */
  readonly node?: string | undefined;
}

/** Returns the key under which an entry is stored. An id contains no NUL. */
export function keyOf({ id, node }: Keyed): string {
  return node === undefined ? id : `${node}\0${id}`;
}

/** One registered instance of a service. */
export interface ServiceEntry extends Keyed {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly taggedAddresses: Readonly<Record<string, { readonly Address: string; readonly Port: number }>>;
  readonly weights: { readonly Passing: number; readonly Warning: number };
  readonly enableTagOverride: boolean;
  readonly createIndex: number;
  readonly modifyIndex: number;
  /** Its checks by key. */
  readonly checks: ReadonlyMap<string, CheckEntry>;
}

/** A service as registered by a client, without indexes and checks. */
export type ServiceDefinition = Omit<ServiceEntry, "createIndex" | "modifyIndex" | "checks">;

/** One check, of a service or, without `serviceId`, of the node. */
export interface CheckEntry extends CheckDefinition {
  readonly status: Status;
  readonly output: string;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** A check as registered by a client. */
export interface CheckDefinition extends Keyed {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly serviceId: string;
  /** Initial status. A check that exists already keeps its own. */
  readonly status: Status;
  readonly probe: CheckProbe;
  /** Milliseconds in critical state after which the service is removed. 0: never. */
  readonly deregisterAfter: number;
}

/** How a check gets its status. Times are in milliseconds. The last two types are set, not probed. */
export type CheckProbe = TtlProbe | HttpProbe | TcpProbe | { readonly type: "" | "maintenance" };

/** The service reports its status at least every `ttl`. */
export interface TtlProbe {
  readonly type: "ttl";
  readonly ttl: number;
}

export interface HttpProbe {
  readonly type: "http";
  readonly url: string;
  readonly method: string;
  readonly header: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly interval: number;
  readonly timeout: number;
}

export interface TcpProbe {
  readonly type: "tcp";
  readonly address: string;
  readonly interval: number;
  readonly timeout: number;
}

/** Limits on what clients may store. */
export const limits = {
  nodes: 10_000,
  services: 50_000,
  checks: 100_000,
  watchers: 10_000,
  /** Longest name or id in characters. */
  name: 512,
  /** Checks in one registration with the catalog. */
  nodeChecks: 64,
  tags: 2_000,
  metaPairs: 64,
  /** Longest output of a check in characters. Source: Consul's check_output_max_size. */
  output: 4096,
} as const;
