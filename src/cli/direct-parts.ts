import type { Broker } from "../broker/broker.js";
import type { Client } from "../client/client.js";
import type { Registry } from "../registry/registry.js";
import type { GlobalFlags } from "./global-flags.js";
import type { Parts } from "./parts.js";

/** The parts of this process, talking to services themselves. */
export class DirectParts implements Parts {
  readonly registry: Registry;
  readonly #flags: GlobalFlags;
  #broker: Broker | undefined;

  constructor(flags: GlobalFlags, registry: Registry) {
    this.#flags = flags;
    this.registry = registry;
  }

  async client(): Promise<Client> {
    throw new Error("not there yet");
  }

  async broker(): Promise<Broker> {
    if (!this.#broker) {
      const { openBroker } = await import("../broker/index.js");
      const { broker = "http", broker_address: addresses } = this.#flags;
      this.#broker = await openBroker(broker, { addresses, registry: this.registry });
    }
    return this.#broker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker?.close();
    await this.registry.close();
  }
}
