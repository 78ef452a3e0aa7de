import type { Broker } from "../broker/broker.js";
import type { Client } from "../client/client.js";
import type { Registry } from "../registry/registry.js";

/** The parts that a command talks through. Client and broker are opened at their first use; all are closed with it. */
export interface CommandParts extends AsyncDisposable {
  readonly registry: Registry;
  client(): Promise<Client>;
  broker(): Promise<Broker>;
}
