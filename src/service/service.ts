import type { Broker } from "../broker/broker.js";
import type { Client } from "../client/client.js";
import type { Abortable, Closeable } from "../core/closeable.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Registry } from "../registry/registry.js";
import type { Selector } from "../selector/selector.js";
import type { Handlers, Server } from "../server/server.js";

/** A service: its handlers, its client, and its entry in the registry. `close` deregisters, drains and stops it. */
export interface MicroService extends Handlers, Closeable {
  /** Name of the service, with the flag `--server_name` applied. */
  readonly name: string;
  /** Calls other services, and publishes. Works before `start` too. */
  readonly client: Client;
  /** Answers calls and messages. */
  readonly server: Server;
  /** The registry. It is opened at its first use. */
  readonly registry: Registry;
  /** The live copy of the registry. The client, the broker and all programs in this process share it. */
  readonly catalog: Catalog;
  /** Picks nodes from the catalog. Everything that uses it shares what it has learned about nodes. */
  readonly selector: Selector;
  /** The broker. It is opened at its first use. */
  readonly broker: Broker;
  /**
   * Starts, registers and returns. The caller has to `close` the service. A service starts once. If starting fails, it is
   * closed.
   * @throws {MicroError} 400 with reason `USAGE` when it was started or closed before. 503 with reason `ADDRESS_IN_USE` when the
   * port is taken.
   */
  start(): Promise<void>;
  /**
   * Starts, registers and serves until the signal aborts. Without `options.signal`: until SIGTERM, SIGINT, SIGHUP or SIGQUIT,
   * which no worker thread gets: have the main thread post a message there, and `close` the service.
   * Then it deregisters, finishes the calls in flight and closes. The service is closed when it returns or throws.
   * @throws {MicroError} As `start`. Call either `run` or `start`.
   */
  run(options?: Abortable): Promise<void>;
}
