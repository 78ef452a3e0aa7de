import type { Broker } from "../broker/broker.js";
import type { Client } from "../client/client.js";
import type { Registry } from "../registry/registry.js";

/** What a command talks through; only what is asked for is opened, and all of it is closed with it. */
export interface Backends extends AsyncDisposable {
  readonly registry: Registry;
  client(): Promise<Client>;
  broker(): Promise<Broker>;
}
