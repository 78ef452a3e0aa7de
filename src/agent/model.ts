/** Health of a check, as Consul names it. */
export type Status = "passing" | "warning" | "critical";

/** One registered instance of a service. */
export interface ServiceEntry {
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
  /** Its checks by id, in the order of the ids. */
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
export interface CheckDefinition {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly serviceId: string;
  /** Of a new check; one that is already known keeps its own. */
  readonly status: Status;
  readonly probe: Probe;
  /** Milliseconds of being critical after which its service is removed; 0 for never. */
  readonly deregisterAfter: number;
}

/** How a check learns its status; times in milliseconds. */
export type Probe = TtlProbe | HttpProbe | TcpProbe | { readonly type: "" };

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
  services: 50_000,
  checks: 100_000,
  watchers: 10_000,
  /** Characters of a name or id. */
  name: 512,
  tags: 2_000,
  metaPairs: 64,
  /** Characters kept of what a check says. Source: Consul's check_output_max_size. */
  output: 4096,
} as const;
