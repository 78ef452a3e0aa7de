import type { Abortable, Closeable } from "../core/closeable.js";
import type { Service } from "../core/service.js";

/** Finds services by name. Implementations: `consul`, `mdns`, `etcd`, `memory`. */
export interface Registry extends Closeable {
  /** Name of the implementation, such as `consul`. */
  readonly name: string;
  /**
   * Adds the nodes of `service`, or renews those already there.
   * @throws {MicroError} 400 when the service has no node, or a name cannot be stored. 503 when the registry does not answer.
   */
  register(service: Service, options?: RegisterOptions): Promise<void>;
  /**
   * Removes the nodes of `service`. Removing an absent node is not an error.
   * @throws {MicroError} 503 when the registry does not answer.
   */
  deregister(service: Service, options?: Abortable): Promise<void>;
  /**
   * Returns every version of a service, each with its healthy nodes.
   * @throws {MicroError} 404 when there is no healthy node. 503 when the registry does not answer.
   */
  getService(name: string, options?: GetOptions): Promise<readonly Service[]>;
  /**
   * Returns the name of every service. Endpoints and nodes are empty.
   * @throws {MicroError} 503 when the registry does not answer.
   */
  listServices(options?: Abortable): Promise<readonly Service[]>;
  /**
   * Yields every present service as `create`, then each change. Reconnects by itself.
   * @throws {MicroError} 400 for a name that cannot be.
   */
  watch(options?: WatchOptions): AsyncIterable<Change>;
}

/** A registry that is reached over the network. */
export interface Served {
  /** `host:port` of its servers. */
  readonly servers: readonly string[];
}

/** Returns the `host:port` of the servers of a registry. Empty for one without servers. */
export function serversOf(registry: Registry & Partial<Served>): readonly string[] {
  return registry.servers ?? [];
}

/** A registry that can tell whether it serves more than one machine. */
export interface MachineAware {
  /** Resolves with true if a node of another machine is known. A loopback address means something else there. */
  servesMachines(options?: Abortable): Promise<boolean>;
}

/** Resolves with whether `registry` knows of another machine. False for one that cannot tell. */
export async function servesMachines(
  registry: Registry & Partial<MachineAware>,
  options?: Abortable,
): Promise<boolean> {
  return (await registry.servesMachines?.(options)) ?? false;
}

/** Options of `Registry.register`. */
export interface RegisterOptions extends Abortable {
  /** Milliseconds after which a node that is not renewed stops being healthy. Default: never. */
  readonly ttl?: number;
}

/** Options of `Registry.getService`. */
export interface GetOptions extends Abortable {
  /** Also returns nodes that fail their health check: `Node.status` tells them apart. Default false. */
  readonly unhealthy?: boolean;
  /** Milliseconds to wait for the answer. The default depends on the registry: 5000 for `consul`. */
  readonly timeout?: number;
}

/** Options of `Registry.watch`. */
export interface WatchOptions extends Abortable {
  /** Also yields nodes that fail their health check: `Node.status` tells them apart. Default false. */
  readonly unhealthy?: boolean;
  /** Name of the one service to watch. Default: all services. */
  readonly service?: string;
  /** Called with the error when the registry stops answering, and without one when it answers again. */
  readonly onReach?: (error?: unknown) => void;
}

/** One change of one version of a service. */
export interface Change {
  /** `create`: the version appeared. `update`: its nodes or endpoints changed. `delete`: its last node left. */
  readonly action: "create" | "update" | "delete";
  /** The version with all its present nodes. */
  readonly service: Service;
  /** True when the registry lost its state or was unreachable: nodes missing here may still be alive. */
  readonly doubtful?: boolean;
}
