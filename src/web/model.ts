import type { Service } from "../core/service.js";
import type { DebugStats } from "../service/debug-stats.js";

/** The state of the dashboard, as JSON for its pages. */
export interface Overview {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly registry: RegistryState;
  readonly access: Access;
  readonly services: readonly ServiceSummary[];
  readonly apps: readonly App[];
  /** Newest first. */
  readonly timeline: readonly TimelineEntry[];
  readonly rates: Rates;
}

export interface RegistryState {
  readonly name: string;
  /** When it stopped answering, in milliseconds since the epoch. Null while it answers. */
  readonly staleSince: number | null;
  /** False until it has answered once. */
  readonly loaded: boolean;
}

/** Permissions of the viewer. */
export interface Access {
  /** May change state (`--web_admin`). */
  readonly admin: boolean;
  /** The dashboard requires a token, so there is a session to log out of. */
  readonly login: boolean;
  /** Certificates of services are not verified (`--tls_insecure`). */
  readonly unverified: boolean;
}

/** Summary of a service, for lists. */
export interface ServiceSummary {
  readonly name: string;
  readonly versions: readonly string[];
  readonly nodes: number;
  /** Nodes whose check does not fail, including nodes without a check. */
  readonly passing: number;
  /** Nodes without a check, whose health is unknown. */
  readonly unchecked: number;
  readonly endpoints: number;
  /** Topics that it subscribes to. */
  readonly topics: readonly string[];
}

/** A web app behind the proxy. */
export interface App {
  readonly name: string;
  readonly service: string;
  /** Its URL for browsers: a path of this origin, or a URL of the apps' own origin. */
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

/** One change of the registry. */
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

/** Call rates over the last seconds, from `Debug.Calls` of services that have it. */
export interface Rates {
  readonly time: number;
  readonly services: readonly ServiceRates[];
  readonly edges: readonly CallEdge[];
}

export interface ServiceRates {
  readonly name: string;
  /** Calls per second, over all nodes that report. */
  readonly rate: number;
  /** Failed calls per second. */
  readonly errors: number;
  /** The 99th percentile of the latency, in milliseconds. Null without calls. */
  readonly p99: number | null;
}

/** Calls from one service to another. An empty `from` is an unnamed caller. */
export interface CallEdge {
  readonly from: string;
  readonly to: string;
  /** Calls per second. */
  readonly rate: number;
  /** Total calls since the nodes started. */
  readonly calls: number;
}

/** One service in full. `seen` has the time at which this process first saw each node. */
export interface ServiceDetail {
  readonly services: readonly Service[];
  readonly seen: readonly { readonly node: string; readonly time: number }[];
}

/** The `Debug.Stats` of a node, or why there is none. */
export interface NodeStats {
  readonly node: string;
  readonly version: string;
  readonly stats: DebugStats | null;
  readonly error: string | null;
}

/** Statistics of this process, in milliseconds and bytes. `requests` counts since the start. */
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
