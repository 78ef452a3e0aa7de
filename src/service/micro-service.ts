import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { isMainThread } from "node:worker_threads";
import type { Broker } from "../broker/broker.js";
import type { Client } from "../client/client.js";
import { MicroClient } from "../client/micro-client.js";
import { Codecs } from "../codec/index.js";
import type { Abortable } from "../core/closeable.js";
import { badRequest, type MicroError } from "../core/errors.js";
import { currentFolder } from "../core/files/current-folder.js";
import { requireName } from "../core/name.js";
import { parseAddress } from "../core/net/address.js";
import { advertised } from "../core/net/local-address.js";
import type { MessageType, MethodTypes, Received, Sent } from "../core/schema.js";
import type { Service } from "../core/service.js";
import { defaultOf } from "../core/settings/values.js";
import { type Clock, sleep, systemClock } from "../core/time/clock.js";
import { Catalog } from "../registry/catalog/catalog.js";
import { withMachineId } from "../registry/machine.js";
import { Registration } from "../registry/registration/registration.js";
import type { Registry } from "../registry/registry.js";
import { CatalogSelector, type Selector } from "../selector/index.js";
import { MicroServer } from "../server/micro-server.js";
import type { Handler, StreamHandler, SubscriberOptions } from "../server/server.js";
import { DeferredLog } from "./deferred-log.js";
import { exitIfUncaught } from "./fatal-error.js";
import { answersProbe, probeHealth, reaches } from "./health-probe.js";
import { LazyBroker, LazyRegistry } from "./lazy-parts.js";
import { type ServiceOptions, settingsOf } from "./options.js";
import { brokerOf, registryOf, tlsOf } from "./parts.js";
import { Plugins } from "./plugins.js";
import { readSettings, type Settings } from "./read-settings.js";
import type { MicroService } from "./service.js";
import { stopSignal } from "./signals.js";
import { Transports } from "./transports.js";
import { uncaughtError } from "./uncaught-error.js";

const noSignals =
  "run in a worker thread: signals of the process do not arrive here, and its end leaves the node registered until its TTL; at SIGTERM have the main thread post a message, and close() the service then";

/** A service made from options and settings. Its parts are opened at their first use. */
export class RunningService implements MicroService {
  readonly name: string;
  readonly client: Client;
  readonly server: MicroServer;
  readonly registry: Registry;
  readonly broker: Broker;
  readonly catalog: Catalog;
  readonly selector: Selector;
  readonly #settings: Settings;
  readonly #log: DeferredLog;
  readonly #plugins: Plugins;
  readonly #codecs: Codecs;
  readonly #transports: Transports;
  readonly #secure: boolean;
  readonly #insecure: boolean;
  readonly #id: string;
  readonly #clock: Clock;
  /** Parts to close, in order. */
  readonly #owned: AsyncDisposable[] = [];
  /** Aborts on `close`, which makes `run` return. */
  readonly #ended = new AbortController();
  #registration: Registration | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    const { argv = process.argv.slice(2), env = process.env, clock = systemClock } = options;
    const { folder = currentFolder() } = options;
    this.#clock = clock;
    this.#settings = readSettings({ argv, env, code: settingsOf(options), folder: folder || undefined });
    const { server_name, server_id, selector } = this.#settings;
    this.name = server_name ?? options.name;
    this.#id = server_id ? `${this.name}-${server_id}` : `${this.name}-${randomUUID()}`;
    requireName(this.name, "go.micro.service", `register service ${JSON.stringify(this.name)}`);
    requireName(this.#id, "go.micro.service", `--server_id ${JSON.stringify(server_id)}`);
    this.#log = new DeferredLog(this.name, options.log);
    const tls = tlsOf(options, this.#settings);
    this.#secure = tls?.cert !== undefined;
    this.#insecure = tls?.insecure === true;
    const plugins = new Plugins(options.plugins, this.#settings.plugin, env);
    this.#plugins = plugins;
    this.#transports = new Transports(options, this.#settings, { tls, plugins });
    const log = this.#log;
    const registry = registryOf(options, this.#settings, { plugins, log });
    this.registry = registry.part;
    this.catalog = new Catalog(this.registry, { ttl: this.#settings.register_ttl, log });
    const shared = { registry: this.registry, catalog: this.catalog, plugins, log };
    const broker = brokerOf({ ...options, tls }, this.#settings, shared);
    this.broker = broker.part;
    this.selector = new CatalogSelector(this.catalog, {
      strategy: plugins.strategy(selector ?? defaultOf("selector")),
      probe: probeHealth.bind(undefined, this.#transports),
      reach: reaches,
      log,
    });
    const codecs = new Codecs();
    for (const codec of options.codecs ?? []) codecs.add(codec);
    const { client_request_timeout: timeout, client_retries: retries, forward_headers } = this.#settings;
    const parts = {
      selector: this.selector,
      catalog: this.catalog,
      transports: this.#transports.get,
      broker: this.broker,
      codecs,
    };
    const client = new MicroClient(parts, {
      timeout,
      retries,
      from: this.name,
      forwardHeaders: forward_headers,
      clock,
    });
    this.client = plugins.wrapClient(client);
    this.#codecs = codecs;
    this.server = this.#server(codecs);

    if (broker.owned) this.#owned.push(this.broker);
    this.#owned.push(this.selector, this.catalog);
    if (registry.owned) this.#owned.push(this.registry);
  }

  handle<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: Handler<Received<Request>, Sent<Response>>,
  ): void {
    this.server.handle(method, types, handler);
  }

  stream<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: StreamHandler<Received<Request>, Sent<Response>>,
  ): void {
    this.server.stream(method, types, handler);
  }

  subscribe<Request extends MessageType>(
    topic: string,
    handler: Handler<Received<Request>, void>,
    options?: SubscriberOptions<Request>,
  ): void {
    this.server.subscribe(topic, handler, options);
  }

  async start(): Promise<void> {
    this.#checkUnused("start");
    this.#starting = this.#start();
    try {
      await this.#starting;
    } catch (error) {
      await this.close();
      throw exitIfUncaught(error);
    }
  }

  /** Opens the parts first, so that a wrong name or setting fails here and not in an endless retry. */
  async #start(): Promise<void> {
    await this.#plugins.addCodecs(this.#codecs);
    if (this.registry instanceof LazyRegistry) await this.registry.open();
    if (this.broker instanceof LazyBroker && this.#settings.broker !== undefined) await this.broker.open();
    await this.#transports.get();
    this.#checkOpen("start");
    await this.server.start();
    this.#checkOpen("start");
    const { register_ttl: ttl = defaultOf("register_ttl") } = this.#settings;
    const { register_interval: interval = defaultOf("register_interval") } = this.#settings;
    const options = {
      ttl,
      interval,
      log: this.#log,
      clock: this.#clock,
      probe: answersProbe.bind(undefined, this.#transports),
      unique: !this.#settings.server_id,
    };
    this.#registration = new Registration(this.registry, this.#definition(), options);
    await this.#registration.start();
    this.#checkOpen("start");
    if (this.#insecure) this.#log.warn({}, "--tls_insecure: any certificate is accepted");
    this.#log.info({ address: this.server.address }, "serving");
  }

  async run({ signal }: Abortable = {}): Promise<void> {
    const faults: MicroError[] = [];
    const onFault = (error: unknown) => faults.push(uncaughtError(this.name, this.#log, error));
    const own = signal === undefined ? stopSignal(onFault) : undefined;
    const stop = signal ?? own?.signal;
    try {
      this.#checkUnused("run");
      await this.#log.open();
      if (own && !isMainThread) this.#log.warn({}, noSignals);
      await this.start();
      const ends = AbortSignal.any([this.#ended.signal, ...(stop ? [stop] : [])]);
      if (!ends.aborted) await once(ends, "abort");
    } catch (error) {
      throw exitIfUncaught(error);
    } finally {
      await this.close();
      own?.release();
      // Otherwise the channel to the primary would keep a cluster worker alive.
      if (own && process.channel && (await import("node:cluster")).default.isWorker) process.channel?.unref();
    }
    // After an uncaught error the state of the process is unknown, so it ends too, now that the service has drained.
    if (faults.length > 0) throw exitIfUncaught(faults[0]);
  }

  #checkUnused(what: string): void {
    this.#checkOpen(what);
    if (this.#starting) throw this.#misused(what, "it was already started");
  }

  #checkOpen(what: string): void {
    if (this.#closing) throw this.#misused(what, "it is closed");
  }

  #misused(what: string, why: string): MicroError {
    return badRequest("go.micro.service", `${what} service "${this.name}": ${why}`, { reason: "USAGE" });
  }

  close(): Promise<void> {
    this.#ended.abort();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Deregisters first, then keeps serving for `drain_delay`: some callers have not seen the change yet. */
  async #close(): Promise<void> {
    const known = this.#registration?.registered;
    await this.#registration?.close();
    await this.#starting?.catch(() => undefined);
    if (known) await sleep(this.#settings.drain_delay ?? defaultOf("drain_delay"), { clock: this.#clock });
    await this.server.close();
    for (const part of this.#owned) await part[Symbol.asyncDispose]();
    await this.#transports.close();
  }

  #server(codecs: Codecs): MicroServer {
    const {
      server_address: address,
      server_advertise: advertise,
      drain_timeout: drainTimeout,
    } = this.#settings;
    const hosts = advertise ? [parseAddress(advertise, 0).host] : undefined;
    const transport = () => this.#transports.get();
    const wrap = this.#plugins.wrapHandler.bind(this.#plugins);
    const { name: service, broker } = this;
    return new MicroServer(
      { service, transport, broker, codecs, log: this.#log, wrap },
      { address, hosts, drainTimeout, clock: this.#clock },
    );
  }

  /** Returns the registry entry. Computed anew for each registration, because the machine's address may change. */
  #definition(): () => Service {
    const {
      server_version: version = defaultOf("server_version"),
      server_advertise,
      server_metadata,
    } = this.#settings;
    const metadata = {
      ...server_metadata,
      transport: this.#transports.name,
      broker: this.broker.name,
      registry: this.registry.name,
      server: "micro",
      protocol: "mucp",
      ...(this.#transports.name === "http" ? { mux: "1" } : {}),
      ...(this.#secure ? { secure: "true" } : {}),
    };
    const { endpoints } = this.server;
    return () => {
      const { host: address, port } = advertised(parseAddress(this.server.address), server_advertise);
      const node = withMachineId({ id: this.#id, address, port, metadata });
      return { name: this.name, version, metadata: {}, endpoints, nodes: [node] };
    };
  }
}
