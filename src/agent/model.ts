/** Health of a check, as Consul names it. */
export type Status = "passing" | "warning" | "critical";

/** A machine of the catalog that has no agent: put there by `/v1/catalog/register`. */
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

/** What a client says of a node; the indexes are the store's. */
export type NodeDefinition = Omit<ExternalNode, "createIndex" | "modifyIndex">;

/** What tells entries of different nodes apart: two nodes may use one id. */
export interface Keyed {
  readonly id: string;
  /** Name of its external node; without one it belongs to this agent. */
  readonly node?: string | undefined;
}

/** Under which an entry is stored. An id holds no NUL. */
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

/** What a client says of a service; indexes and checks are the store's. */
export type ServiceDefinition = Omit<ServiceEntry, "createIndex" | "modifyIndex" | "checks">;

/** One check, of a service or, without `serviceId`, of the node. */
export interface CheckEntry extends CheckDefinition {
  readonly status: Status;
  readonly output: string;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** What a client says of a check. */
export interface CheckDefinition extends Keyed {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly serviceId: string;
  /** Of a new check; one that is already known keeps its own. */
  readonly status: Status;
  readonly probe: CheckProbe;
  /** Milliseconds of being critical after which its service is removed; 0 for never. */
  readonly deregisterAfter: number;
}

/** How a check learns its status; times in milliseconds. The last two are set, not asked. */
export type CheckProbe = TtlProbe | HttpProbe | TcpProbe | { readonly type: "" | "maintenance" };

/** The service reports by itself, at least every `ttl`. */
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

/** Bounds of what clients may store. */
export const limits = {
  nodes: 10_000,
  services: 50_000,
  checks: 100_000,
  watchers: 10_000,
  /** Characters of a name or id. */
  name: 512,
  /** Of one registration at the catalog. */
  nodeChecks: 64,
  tags: 2_000,
  metaPairs: 64,
  /** Characters kept of what a check says. Source: Consul's check_output_max_size. */
  output: 4096,
} as const;
