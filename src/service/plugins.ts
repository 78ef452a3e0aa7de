import type { CallOptions, Client, PublishOptions, Stream } from "../client/client.js";
import type { Codecs } from "../codec/index.js";
import {
  isInstalled,
  loadPlugins,
  openPart,
  type Plugin,
  wrapClient,
  wrapHandler,
} from "../plugins/index.js";
import { roundRobin, type Strategy, strategyNamed, strategyNames } from "../selector/index.js";
import type { Handler } from "../server/server.js";

/** The plugins of a service: those passed in code, and those named by settings, which are loaded on demand. */
export class Plugins {
  readonly #given: readonly Plugin[];
  readonly #specs: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #loading: Promise<readonly Plugin[]> | undefined;

  constructor(given: readonly Plugin[] = [], specs: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    this.#given = given;
    this.#specs = specs;
    this.#env = env;
  }

  /**
   * All plugins. Those named by settings are configured here; the code configures its own.
   * @throws {MicroError} BACKEND_MISSING, BAD_CONFIG.
   */
  all(): Promise<readonly Plugin[]> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<readonly Plugin[]> {
    const named = await loadPlugins(this.#specs);
    for (const plugin of named) await plugin.configure?.(this.#values(plugin));
    return [...this.#given, ...named];
  }

  /** The values of a plugin's flags, from their environment variables. */
  #values({ flags = {} }: Plugin): Record<string, string | undefined> {
    const entries = Object.entries(flags);
    return Object.fromEntries(
      entries.map(([name, flag]) => [name, this.#env[`MICRO_${name.toUpperCase()}`] ?? flag.default]),
    );
  }

  /** True when no plugin has to be loaded. */
  get #ready(): boolean {
    return this.#specs.length === 0;
  }

  wrapClient(client: Client): Client {
    if (this.#ready) return wrapClient(client, this.#given);
    return new LateClient(async () => wrapClient(client, await this.all()), client);
  }

  wrapHandler(next: Handler): Handler {
    if (this.#ready) return wrapHandler(next, this.#given);
    let wrapped: Handler | undefined;
    return async (request, context) => {
      wrapped ??= wrapHandler(next, await this.all());
      return wrapped(request, context);
    };
  }

  /** Adds the codecs of the plugins. */
  async addCodecs(codecs: Codecs): Promise<void> {
    for (const plugin of await this.all()) if (plugin.codec) codecs.add(await plugin.codec({}));
  }

  #mayBring(name: string): boolean {
    return !this.#ready || this.#given.some((plugin) => plugin.name === name) || isInstalled(name);
  }

  /**
   * The strategy called `name`. Round robin until the strategy of a plugin is loaded.
   * @throws {MicroError} 400 for an unknown name.
   */
  strategy(name: string): Strategy | undefined {
    if (strategyNames.includes(name) || !this.#mayBring(name)) return strategyNamed(name);
    let strategy = roundRobin;
    this.#openStrategy(name).then(
      (loaded) => {
        strategy = loaded;
      },
      (error: unknown) => {
        strategy = () => {
          throw error;
        };
      },
    );
    return (services) => strategy(services);
  }

  async #openStrategy(name: string): Promise<Strategy> {
    return openPart("selector", name, {}, { plugins: await this.all() });
  }
}

/** A client whose wrappers are loaded at its first use. */
class LateClient implements Client {
  readonly #open: () => Promise<Client>;
  readonly #inner: Client;
  #opening: Promise<Client> | undefined;

  constructor(open: () => Promise<Client>, inner: Client) {
    this.#open = open;
    this.#inner = inner;
  }

  async call<Reply>(
    service: string,
    method: string,
    request: unknown,
    options?: CallOptions,
  ): Promise<Reply> {
    return (await this.#client()).call<Reply>(service, method, request, options);
  }

  async stream<Reply>(service: string, method: string, options?: CallOptions): Promise<Stream<Reply>> {
    return (await this.#client()).stream<Reply>(service, method, options);
  }

  async publish(topic: string, value: unknown, options?: PublishOptions): Promise<void> {
    await (await this.#client()).publish(topic, value, options);
  }

  #client(): Promise<Client> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
