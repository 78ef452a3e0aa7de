import type { Broker } from "../../broker/broker.js";
import type { Client } from "../../client/client.js";
import type { Registry } from "../../registry/registry.js";
import type { MicroService } from "../../service/service.js";
import type { CommandParts } from "../command-parts.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import { pluginsOf } from "./plugins.js";

/** Registry, client and broker that talk to services directly: those of a service that is never started. */
export class DirectParts implements CommandParts {
  readonly registry: Registry;
  readonly #flags: GlobalFlags;
  #service: MicroService | undefined;

  constructor(flags: GlobalFlags, registry: Registry) {
    this.#flags = flags;
    this.registry = registry;
  }

  async client(): Promise<Client> {
    return (await this.#opened()).client;
  }

  async broker(): Promise<Broker> {
    return (await this.#opened()).broker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.close();
    await this.registry.close();
  }

  async #opened(): Promise<MicroService> {
    if (!this.#service) {
      const { service } = await import("../../service/index.js");
      const { serviceOptions } = await import("../flags/service-options.js");
      const plugins = await pluginsOf(this.#flags);
      const parts = { registry: this.registry, plugins };
      this.#service = service(serviceOptions("go.micro.cli", this.#flags, parts));
    }
    return this.#service;
  }
}
