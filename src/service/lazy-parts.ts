import type { Broker, Publication, SubscribeOptions, Subscription } from "../broker/broker.js";
import type { Abortable } from "../core/closeable.js";
import type { Message } from "../core/message.js";
import type { Service } from "../core/service.js";
import {
  type Change,
  type GetOptions,
  type MachineAware,
  type RegisterOptions,
  type Registry,
  type Served,
  serversOf,
  servesMachines,
  type WatchOptions,
} from "../registry/registry.js";

/** Opens a part once, at its first use. Closing does nothing if it was never used. */
class Opened<Part extends AsyncDisposable> {
  readonly #open: () => Promise<Part>;
  #part: Promise<Part> | undefined;
  #now: Part | undefined;

  constructor(open: () => Promise<Part>) {
    this.#open = open;
  }

  /** The part, once open. Lets the hot path skip an await per message. */
  get now(): Part | undefined {
    return this.#now;
  }

  get(): Promise<Part> {
    this.#part ??= this.#begin();
    return this.#part;
  }

  async #begin(): Promise<Part> {
    const part = await this.#open();
    // Set after those that await `get` have run, so that messages stay in order.
    queueMicrotask(() => {
      this.#now = part;
    });
    return part;
  }

  async close(): Promise<void> {
    const part = await this.#part?.catch(() => undefined);
    await part?.[Symbol.asyncDispose]();
  }
}

/** A registry that is opened at its first use. */
export class LazyRegistry implements Registry, Served, MachineAware {
  readonly name: string;
  readonly #opened: Opened<Registry>;

  constructor(name: string, open: () => Promise<Registry>) {
    this.name = name;
    this.#opened = new Opened(open);
  }

  /** Opens it, without connecting. @throws {MicroError} 400 for an unknown name or a wrong setting. */
  async open(): Promise<void> {
    await this.#opened.get();
  }

  /** Empty until the registry is opened. */
  get servers(): readonly string[] {
    return this.#opened.now ? serversOf(this.#opened.now) : [];
  }

  async register(service: Service, options?: RegisterOptions): Promise<void> {
    await (await this.#opened.get()).register(service, options);
  }

  async deregister(service: Service, options?: Abortable): Promise<void> {
    await (await this.#opened.get()).deregister(service, options);
  }

  async getService(name: string, options?: GetOptions): Promise<readonly Service[]> {
    return (await this.#opened.get()).getService(name, options);
  }

  async listServices(options?: Abortable): Promise<readonly Service[]> {
    return (await this.#opened.get()).listServices(options);
  }

  async servesMachines(options?: Abortable): Promise<boolean> {
    return servesMachines(await this.#opened.get(), options);
  }

  async *watch(options?: WatchOptions): AsyncIterable<Change> {
    yield* (await this.#opened.get()).watch(options);
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A broker that is opened at its first use. */
export class LazyBroker implements Broker {
  readonly name: string;
  readonly #opened: Opened<Broker>;
  #connected: Broker | undefined;

  constructor(name: string, open: () => Promise<Broker>) {
    this.name = name;
    this.#opened = new Opened(open);
  }

  get address(): string {
    return this.#connected?.address ?? "";
  }

  /** Opens it, without connecting. @throws {MicroError} 400 for an unknown name or a wrong setting. */
  async open(): Promise<void> {
    await this.#opened.get();
  }

  async connect(options?: Abortable): Promise<void> {
    const broker = await this.#opened.get();
    await broker.connect(options);
    this.#connected = broker;
  }

  publish(topic: string, message: Message, options?: Abortable): Promise<void> {
    return (
      this.#opened.now?.publish(topic, message, options) ?? this.#publishOnceOpen(topic, message, options)
    );
  }

  async #publishOnceOpen(topic: string, message: Message, options?: Abortable): Promise<void> {
    await (await this.#opened.get()).publish(topic, message, options);
  }

  async subscribe(
    topic: string,
    handler: (publication: Publication) => Promise<void>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    return (await this.#opened.get()).subscribe(topic, handler, options);
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
