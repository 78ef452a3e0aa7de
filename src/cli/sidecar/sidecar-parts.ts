import type { Broker } from "../../broker/broker.js";
import type { Client } from "../../client/client.js";
import type { Registry } from "../../registry/registry.js";
import type { CommandParts } from "../command-parts.js";
import { SidecarBroker } from "./broker.js";
import { SidecarClient } from "./client.js";
import type { SidecarHttp } from "./http.js";
import { SidecarRegistry } from "./registry.js";

/** Registry, client and broker through one sidecar. The registry itself is never contacted. */
export class SidecarParts implements CommandParts {
  readonly registry: Registry;
  readonly #http: SidecarHttp;

  constructor(http: SidecarHttp) {
    this.#http = http;
    this.registry = new SidecarRegistry(http);
  }

  async client(): Promise<Client> {
    return new SidecarClient(this.#http, this.registry);
  }

  async broker(): Promise<Broker> {
    return new SidecarBroker(this.#http);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
  }
}
