import type { Abortable, Closeable } from "../core/closeable.js";
import type { Service } from "../core/service.js";

/** Finds services by name. Implementations: `consul`, `mdns`, `etcd`, `memory`. */
export interface Registry extends Closeable {
  readonly name: string;
  /** Adds the nodes of `service`, or renews those already there. */
  register(service: Service, options?: RegisterOptions): Promise<void>;
  /** Removes the nodes of `service`; removing an absent node is no error. */
  deregister(service: Service, options?: Abortable): Promise<void>;
  /** Returns every version, each with its healthy nodes. @throws {MicroError} 404 when there is none. */
  getService(name: string, options?: GetOptions): Promise<readonly Service[]>;
  /** Returns the name of every service; endpoints and nodes are left empty. */
  listServices(options?: Abortable): Promise<readonly Service[]>;
  /** Yields what is there as `create`, then each change: a watcher needs no list beside it. */
  watch(options?: WatchOptions): AsyncIterable<Change>;
}

/** A registry that is reached over the network. */
export interface Served {
  /** `host:port` of its servers. */
  readonly servers: readonly string[];
}

/** `host:port` of the servers of a registry; empty for one without any. */
export function serversOf(registry: Registry & Partial<Served>): readonly string[] {
  return registry.servers ?? [];
}

/** A registry that can tell whether it serves more than one machine. */
export interface Shared {
  /** True when a node of another machine is known, for which a loopback address means itself. */
  servesMachines(options?: Abortable): Promise<boolean>;
}

/** Whether `registry` knows of another machine; false for one that cannot tell. */
export async function servesMachines(
  registry: Registry & Partial<Shared>,
  options?: Abortable,
): Promise<boolean> {
  return (await registry.servesMachines?.(options)) ?? false;
}

export interface RegisterOptions extends Abortable {
  /** Milliseconds after which a node that is not renewed is no longer healthy; without it, it stays. */
  readonly ttl?: number;
}

export interface GetOptions extends Abortable {
  /** Nodes that fail their check too, told apart by `Node.status`. */
  readonly unhealthy?: boolean;
  /** Milliseconds that the answer may take; how long without it is the registry's own. */
  readonly timeout?: number;
}

export interface WatchOptions extends Abortable {
  /** Nodes that fail their check too, told apart by `Node.status`. */
  readonly unhealthy?: boolean;
  /** The one service to watch; without it, all. */
  readonly service?: string;
  /** Hears when the registry stops answering (with the error) and when it answers again (with nothing). */
  readonly onReach?: (error?: unknown) => void;
}

/** A service version that appeared, changed (with all its present nodes), or went. */
export interface Change {
  readonly action: "create" | "update" | "delete";
  readonly service: Service;
  /** The registry lost its state, or was away: nodes missing here may well be alive. */
  readonly doubtful?: boolean;
}
