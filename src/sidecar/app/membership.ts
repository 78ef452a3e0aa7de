import type { Closeable } from "../../core/closeable.js";
import type { Log } from "../../core/log/log.js";
import type { Service } from "../../core/service.js";
import { Registration } from "../../registry/registration/registration.js";
import type { Registry } from "../../registry/registry.js";

const fix = "give the sidecar a --server_address of the application that other machines reach";

/** Registers and deregisters an entry repeatedly, one change after the other. */
export class AppMembership implements Closeable {
  readonly #open: () => Registration;
  readonly #log: Log;
  #registration: Registration | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry, service: Service, ttl: number, log: Log) {
    this.#log = log;
    this.#open = () => new Registration(registry, service, { ttl, interval: ttl / 3, log, fix });
  }

  /** True if the entry is meant to be registered. */
  get joined(): boolean {
    return this.#registration !== undefined;
  }

  /** Registers the entry, as soon as the registry answers. */
  join(): void {
    const registration = this.#open();
    this.#registration = registration;
    this.#last = this.#last
      .then(() => registration.start())
      .catch((error: unknown) => this.#log.error({ err: error }, "the registry refuses the application"));
  }

  /** Deregisters the entry. Also resolves if the registry does not answer. */
  async leave(): Promise<void> {
    const registration = this.#registration;
    this.#registration = undefined;
    this.#last = this.#last.then(() => registration?.close());
    await this.#last;
  }

  close(): Promise<void> {
    return this.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
