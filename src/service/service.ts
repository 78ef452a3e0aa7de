import type { Broker } from "../broker/broker.js";
import type { Client } from "../client/client.js";
import type { Abortable, Closeable } from "../core/closeable.js";
import type { Catalog } from "../registry/catalog.js";
import type { Registry } from "../registry/registry.js";
import type { Selector } from "../selector/selector.js";
import type { Handlers, Server } from "../server/server.js";

/** One running service: its parts, and its place in the registry. */
export interface MicroService extends Handlers, Closeable {
  readonly name: string;
  readonly client: Client;
  readonly server: Server;
  readonly registry: Registry;
  /** The live copy of the registry: the one that client, broker and the programs of this process read. */
  readonly catalog: Catalog;
  /** Picks nodes from the catalog; what it learns of them in calls counts for whoever asks it. */
  readonly selector: Selector;
  readonly broker: Broker;
  /**
   * Starts and registers, and returns: `close` is the caller's. Once in the life of a service; when it fails, the
   * service is closed.
   * @throws {MicroError} 400 when it was started or closed before.
   */
  start(): Promise<void>;
  /**
   * Starts, registers and renews; on abort (without a signal: on SIGTERM, SIGINT, SIGHUP or SIGQUIT)
   * deregisters, then stops. The
   * service is closed when it returns, also where it throws.
   * @throws {MicroError} 400 when the service was started or closed before: `run` is there instead of `start`.
   */
  run(options?: Abortable): Promise<void>;
}
