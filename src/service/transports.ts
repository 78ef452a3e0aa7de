import { MicroError, unavailable } from "../core/errors.js";
import { defaultOf } from "../core/settings/values.js";
import { openPart } from "../plugins/index.js";
import type { TlsOptions, Transport } from "../transport/transport.js";
import type { ServiceOptions } from "./options.js";
import type { Plugins } from "./plugins.js";
import type { Settings } from "./read-settings.js";

/** Transports by name, each opened once: nodes may use other transports than this service. */
export class Transports {
  readonly #given: Transport | undefined;
  readonly #settings: Settings;
  readonly #tls: TlsOptions | undefined;
  readonly #plugins: Plugins;
  readonly #open = new Map<string, Promise<Transport>>();

  constructor(
    { transport }: ServiceOptions,
    settings: Settings,
    { tls, plugins }: { tls: TlsOptions | undefined; plugins: Plugins },
  ) {
    this.#given = typeof transport === "object" ? transport : undefined;
    this.#settings = settings;
    this.#tls = tls;
    this.#plugins = plugins;
  }

  /** Name of the service's own transport. */
  get name(): string {
    return this.#settings.transport ?? defaultOf("transport");
  }

  /**
   * The transport called `name`, which may come from the metadata of an untrusted node. Only the service's own
   * transport may load a package or file. Any other has to be built in or part of a loaded plugin.
   * @throws {MicroError} 503 NODE_UNREACHABLE when another one cannot be opened. The error of the service's own.
   */
  get = (name: string = this.name): Promise<Transport> => {
    if (this.#given?.name === name) return Promise.resolve(this.#given);
    const known = this.#open.get(name);
    if (known) return known;
    const opening = name === this.name ? this.#openOwn(name) : this.#openOther(name);
    this.#open.set(name, opening);
    // Failures are not kept: names from untrusted nodes would accumulate.
    if (name !== this.name) opening.catch(() => this.#open.delete(name));
    return opening;
  };

  async close(): Promise<void> {
    const open = await Promise.allSettled(this.#open.values());
    await Promise.all(open.map((each) => (each.status === "fulfilled" ? each.value.close() : undefined)));
    this.#open.clear();
  }

  async #openOwn(name: string): Promise<Transport> {
    const options = { ...this.#options, addresses: this.#settings.transport_address };
    return openPart("transport", name, options, { plugins: await this.#plugins.all() });
  }

  async #openOther(name: string): Promise<Transport> {
    const plugins = await this.#plugins.all();
    try {
      return forNodes(await openPart("transport", name, this.#options, { plugins, load: false }));
    } catch (error) {
      throw cannotCall(error);
    }
  }

  get #options() {
    const { client_pool_size: size, client_pool_ttl: ttl } = this.#settings;
    return { tls: this.#tls, pool: { size, ttl } };
  }
}

/** Turns the errors of dialling into those of a node that cannot be called. */
function forNodes(transport: Transport): Transport {
  return {
    name: transport.name,
    dial: (address, options) =>
      transport.dial(address, options).catch((error: unknown) => {
        const { code } = MicroError.from(error, "go.micro.client");
        throw options?.signal?.aborted || code === 408 || code === 503 ? error : cannotCall(error);
      }),
    listen: (address, handler, options) => transport.listen(address, handler, options),
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

/** A missing package is not a fault of the caller's settings. */
function cannotCall(cause: unknown): MicroError {
  const { detail } = MicroError.from(cause, "go.micro.client");
  return unavailable("go.micro.client", `cannot be called from here: ${detail}`, { executed: "no", cause });
}
