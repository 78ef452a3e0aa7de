import type { Service } from "../core/service.js";

/** What the dashboard's server tells its pages: all of it read only, all of it JSON. */
export interface Overview {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly registry: RegistryState;
  readonly access: Access;
  readonly services: readonly ServiceSummary[];
  readonly apps: readonly App[];
  /** The newest first. */
  readonly timeline: readonly TimelineEntry[];
  readonly rates: Rates;
}

export interface RegistryState {
  readonly name: string;
  /** When it stopped answering, in milliseconds since the epoch; null while it answers. */
  readonly staleSince: number | null;
  /** False until it has answered once. */
  readonly loaded: boolean;
}

/** What who looks may do here. */
export interface Access {
  /** Acts that change state: only under `--web_admin`. */
  readonly admin: boolean;
  /** A token guards the dashboard, so there is a session to leave. */
  readonly login: boolean;
  /** Certificates of services are not checked (`--tls_insecure`). */
  readonly unverified: boolean;
}

/** A service at a glance: a list of hundreds is made of these. */
export interface ServiceSummary {
  readonly name: string;
  readonly versions: readonly string[];
  readonly nodes: number;
  /** Nodes whose check does not fail, those without a check among them. */
  readonly passing: number;
  /** Nodes that nothing checks: whether they are well is not known. */
  readonly unchecked: number;
  readonly endpoints: number;
  /** Topics that its subscribers listen to. */
  readonly topics: readonly string[];
}

/** A web app behind the proxy. */
export interface App {
  readonly name: string;
  readonly service: string;
  /** Where a browser finds it: a path of this origin, or a URL of the apps' own. */
  readonly url: string;
  readonly passing: number;
}

export type TimelineKind =
  | "service-added"
  | "service-removed"
  | "version-added"
  | "version-removed"
  | "node-added"
  | "node-removed"
  | "node-failing"
  | "node-recovered"
  | "registry-lost"
  | "registry-found";

/** One thing that changed in the registry. */
export interface TimelineEntry {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: TimelineKind;
  readonly service: string;
  readonly version?: string;
  readonly node?: string;
  readonly address?: string;
}

/** What services of ours answer to `Debug.Calls`, as rates over the last seconds. */
export interface Rates {
  readonly time: number;
  readonly services: readonly ServiceRates[];
  readonly edges: readonly Edge[];
}

export interface ServiceRates {
  readonly name: string;
  /** Calls per second, over all nodes that tell. */
  readonly rate: number;
  /** Failed calls per second. */
  readonly errors: number;
  /** Milliseconds below which 99 of 100 calls stayed; null without calls. */
  readonly p99: number | null;
}

/** Calls of one service by another. An empty `from` is a caller without a name. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Calls per second. */
  readonly rate: number;
  /** Calls in all, since the nodes started. */
  readonly calls: number;
}

/** One service in full; `seen` says when this process first saw each node, by id. */
export interface ServiceDetail {
  readonly services: readonly Service[];
  readonly seen: readonly { readonly node: string; readonly time: number }[];
}

/** What a node answers to `Debug.Stats`, or why it does not. */
export interface NodeStats {
  readonly node: string;
  readonly version: string;
  readonly stats: DebugStats | null;
  readonly error: string | null;
}

/** Unix seconds, seconds, bytes, count, nanoseconds. */
export interface DebugStats {
  readonly started: number;
  readonly uptime: number;
  readonly memory: number;
  readonly threads: number;
  readonly gc: number;
}

/** This process. Milliseconds and bytes; `requests` since the start. */
export interface SelfStats {
  readonly started: number;
  readonly memory: number;
  readonly heap: number;
  readonly cpu: number;
  readonly eventLoopDelay: number;
  readonly requests: number;
  readonly viewers: number;
}

/** The events of the live feed, by name. */
export interface LiveEvents {
  readonly overview: Overview;
  readonly services: {
    readonly changed: readonly ServiceSummary[];
    readonly removed: readonly string[];
    readonly apps: readonly App[];
  };
  readonly timeline: readonly TimelineEntry[];
  readonly rates: Rates;
  readonly registry: RegistryState;
}
