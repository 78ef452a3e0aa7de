import type { Broker } from "../broker/broker.js";
import { type Codecs, loadProtobuf } from "../codec/index.js";
import { badRequest } from "../core/errors.js";
import { emptyBody } from "../core/message.js";
import { canonicalName, isCredential } from "../core/metadata.js";
import { type Clock, systemClock } from "../core/time/clock.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Selector } from "../selector/selector.js";
import { Attempts } from "./attempt.js";
import type { CallOptions, CallReport, Client, PublishOptions, Stream } from "./client.js";
import { IdempotentMethods } from "./idempotent.js";
import { NodeConnections, type TransportByName } from "./node-connections.js";
import { type CallDefaults, defaultType, type PendingCall, prepare } from "./pending-call.js";
import { Publisher } from "./publish.js";
import { openStream } from "./stream.js";
import { type Progress, Unary } from "./unary.js";

/** The parts that a client uses. Their creator closes them. */
export interface ClientParts {
  readonly selector: Selector;
  readonly catalog: Catalog;
  readonly transports: TransportByName;
  readonly broker: Broker;
  readonly codecs: Codecs;
}

export interface ClientOptions {
  /** Default timeout of a call, in milliseconds. Default 5000. */
  readonly timeout?: number;
  /** Attempts after the first. Default 2. */
  readonly retries?: number;
  /** The name that callees see in `X-Micro-From-Service`. */
  readonly from?: string;
  /** Credential headers (`Authorization`, `Cookie`) that a handler's own calls inherit. Default: none. */
  readonly forwardHeaders?: readonly string[];
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/** @throws {MicroError} 400 for a header that is not a credential: forwarding of all others is fixed. */
function forwardable(header: string): string {
  const name = canonicalName(header.trim());
  if (isCredential(name)) return name;
  throw badRequest("go.micro.client", `forward header "${header}": not Authorization or Cookie`, {
    reason: "BAD_FLAG_VALUE",
  });
}

const noOptions: CallOptions = {};

/** Calls services that it finds in the live copy of the registry. */
export class MicroClient implements Client {
  readonly #parts: ClientParts;
  readonly #options: { readonly timeout: number; readonly retries: number };
  readonly #defaults: CallDefaults;
  /** Defaults of streams, which have no timeout. */
  readonly #endless: CallDefaults;
  readonly #nodes: NodeConnections;
  readonly #attempts: Attempts;
  readonly #unary: Unary;
  readonly #publisher: Publisher;

  constructor(
    parts: ClientParts,
    { timeout = 5000, retries = 2, from = "", forwardHeaders = [], clock = systemClock }: ClientOptions = {},
  ) {
    this.#parts = parts;
    const forward = new Set(forwardHeaders.map(forwardable));
    this.#options = { timeout, retries };
    const { catalog, codecs } = parts;
    this.#defaults = { catalog, codecs, timeout, from, forward };
    this.#endless = { ...this.#defaults, timeout: undefined };
    this.#nodes = new NodeConnections(parts.transports);
    this.#attempts = new Attempts(this.#nodes, parts.selector);
    const idempotent = new IdempotentMethods(parts.catalog);
    const { selector } = parts;
    this.#unary = new Unary({ selector, attempts: this.#attempts, idempotent, retries, clock });
    this.#publisher = new Publisher({ ...parts, from });
  }

  call<Reply = unknown>(
    service: string,
    method: string,
    request: unknown,
    options: CallOptions = noOptions,
  ): Promise<Reply> {
    const loading = loadTypes(options.types);
    if (loading) return loading.then(() => this.#call(service, method, request, options));
    return this.#call(service, method, request, options);
  }

  async stream<Reply = unknown>(
    service: string,
    method: string,
    options: CallOptions = noOptions,
  ): Promise<Stream<Reply>> {
    const { codecs, selector } = this.#parts;
    await loadTypes(options.types);
    const call = prepare(service, method, emptyBody, {
      options: { ...options, raw: true, contentType: typeOf(options) },
      defaults: this.#endless,
    });
    const next = await this.#unary.select(call);
    const opened = {
      nodes: this.#nodes,
      attempts: this.#attempts,
      selector,
      codecs,
      timeout: this.#options.timeout,
      retries: options.retries ?? this.#options.retries,
      after: (number: number, tried: readonly string[]) => this.#unary.after(call, number, tried),
    };
    return openStream<Reply>({ ...call, options }, next(), opened);
  }

  publish(topic: string, value: unknown, options: PublishOptions = noOptions): Promise<void> {
    const loading = loadTypes(options.types);
    if (loading) return loading.then(() => this.#publisher.publish(topic, value, options));
    return this.#publisher.publish(topic, value, options);
  }

  /** Does nothing: the client owns no resources, and its parts are closed by their creator. */
  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<Reply>(service: string, method: string, request: unknown, options: CallOptions): Promise<Reply> {
    try {
      const call = prepare(service, method, request, { options, defaults: this.#defaults });
      return options.onDone ? this.#reported(call, options.onDone) : this.#unary.run(call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #reported<Reply>(call: PendingCall, onDone: (report: CallReport) => void): Promise<Reply> {
    const start = performance.now();
    const progress: Progress = { node: undefined, attempts: 0 };
    try {
      return await this.#unary.run(call, progress);
    } finally {
      const { node, attempts } = progress;
      const versions = this.#parts.catalog.services(call.service) ?? [];
      const version = versions.find(({ nodes }) => nodes.some(({ id }) => id === node?.id))?.version ?? "";
      onDone({ version, node, attempts, duration: performance.now() - start });
    }
  }
}

/** Loads the protobuf runtime if `types` need it. Undefined when there is nothing to wait for. */
function loadTypes(types: CallOptions["types"]): Promise<void> | undefined {
  return types && loadProtobuf(types.request, types.response);
}

function typeOf({ contentType, types }: CallOptions): string {
  return contentType ?? defaultType(types?.request);
}
