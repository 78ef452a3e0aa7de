import type { Broker } from "../broker/broker.js";
import type { Codecs } from "../codec/index.js";
import { badRequest, type MicroError } from "../core/errors.js";
import { type Log, silent } from "../core/log/log.js";
import { loopback } from "../core/net/local-address.js";
import type { MessageType, MethodTypes, Received, Sent } from "../core/schema.js";
import type { Endpoint } from "../core/service.js";
import { type Clock, systemClock } from "../core/time/clock.js";
import type { Listener, ListenOptions, Transport } from "../transport/transport.js";
import { CallCounts } from "./call-counts.js";
import { Debug, type HealthCheck } from "./debug.js";
import { checkDeclared } from "./declared/check-declared.js";
import { DeclaredRoutes } from "./declared/declared-routes.js";
import { declareStream, refuseGenerator, refusePromise } from "./declared/generators.js";
import { Router } from "./router.js";
import { describeEndpoint } from "./schema/describe.js";
import type { Handler, Server, StreamHandler, SubscriberOptions } from "./server.js";
import { Subscribers } from "./subscribers.js";

/** The parts that a server uses. Their creator closes them. */
export interface ServerParts {
  readonly service: string;
  readonly transport: () => Promise<Transport>;
  readonly broker: Broker;
  readonly codecs: Codecs;
  readonly log?: Log;
  /** Wraps the handlers of calls: the wrappers of plugins. Default: none. */
  readonly wrap?: (handler: Handler) => Handler;
}

export interface ServerOptions extends ListenOptions {
  /** `host:port` to bind. Default `127.0.0.1:0`. */
  readonly address?: string;
  /** Milliseconds for the work in flight to finish on close. Default 30,000. */
  readonly drainTimeout?: number;
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/** Answers requests of one transport and messages of one broker. */
export class MicroServer implements Server {
  readonly #parts: ServerParts;
  readonly #options: ServerOptions;
  readonly #router: Router;
  readonly #subscribers: Subscribers;
  readonly #debug = new Debug();
  readonly #endpoints: Endpoint[] = [];
  readonly #routes = new DeclaredRoutes();
  /** Of declarations: a service opens its log when it runs. */
  readonly #warnings: (() => void)[] = [];
  #listener: Listener | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: ServerParts, options: ServerOptions = {}) {
    const log = parts.log ?? silent;
    const counts = new CallCounts();
    const { maxCalls } = options;
    this.#parts = parts;
    this.#options = options;
    this.#router = new Router({ ...parts, counts, log, ...(maxCalls !== undefined && { maxCalls }) });
    this.#subscribers = new Subscribers({ ...parts, log, warnAtStart: this.#warnAtStart.bind(this) });
    this.#debug.register(this.#router, counts);
  }

  get address(): string {
    return this.#listener?.address ?? "";
  }

  /** The methods and topics of this server, as described in the registry. */
  get endpoints(): readonly Endpoint[] {
    return [...this.#endpoints, ...this.#subscribers.endpoints()];
  }

  handle<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: Handler<Received<Request>, Sent<Response>>,
  ): void {
    checkDeclared({ by: "handle", name: method, handler, rest: types });
    this.#requireNotStarted(`handle "${method}"`);
    refuseGenerator(`handle "${method}"`, handler, declareStream(method));
    this.#routes.add(`handle "${method}"`, types.metadata ?? {});
    const { wrap = (given: Handler) => given } = this.#parts;
    // Safe: the router validates requests against `types` before it calls the handler.
    this.#router.add(method, { kind: "call", types, handler: wrap(handler as Handler) });
    this.#endpoints.push(this.#described(method, types, false));
  }

  stream<Request extends MessageType, Response extends MessageType>(
    method: string,
    types: MethodTypes<Request, Response>,
    handler: StreamHandler<Received<Request>, Sent<Response>>,
  ): void {
    checkDeclared({ by: "stream", name: method, handler, rest: types });
    this.#requireNotStarted(`stream "${method}"`);
    refusePromise(`stream "${method}"`, handler);
    this.#routes.add(`stream "${method}"`, types.metadata ?? {});
    this.#router.add(method, { kind: "stream", types, handler: handler as StreamHandler });
    this.#endpoints.push(this.#described(method, types, true));
  }

  subscribe<Request extends MessageType>(
    topic: string,
    handler: Handler<Received<Request>, void>,
    options: SubscriberOptions<Request> = {},
  ): void {
    checkDeclared({ by: "subscribe", name: topic, handler, rest: options });
    this.#requireNotStarted(`subscribe "${topic}"`);
    refuseGenerator(`subscribe "${topic}"`, handler, "messages are not answered: give it a function");
    this.#subscribers.add({ topic, handler: handler as Handler, options });
  }

  #warnAtStart(fields: object, text: string): void {
    this.#warnings.push(() => this.#parts.log?.warn(fields, text));
  }

  #described(method: string, types: MethodTypes, stream: boolean): Endpoint {
    const undescribed = (role: string, reason: string) =>
      this.#warnAtStart({ method, reason }, `the ${role} is not described in the registry`);
    return describeEndpoint(method, types, { stream, undescribed });
  }

  /** Adds a check to `Debug.Health`. */
  check(name: string, check: HealthCheck): void {
    this.#debug.check(name, check);
  }

  /** @throws {MicroError} 400 if it was started or closed before. 503 if the port is taken. */
  async start(): Promise<void> {
    if (this.#closing) throw misused("start: the server is closed");
    this.#requireNotStarted("start");
    this.#starting = this.#start();
    await this.#starting;
  }

  async #start(): Promise<void> {
    for (const warn of this.#warnings.splice(0)) warn();
    const transport = await this.#parts.transport();
    await this.#router.prepare();
    this.#debug.start();
    const { address = loopback(0), ...listen } = this.#options;
    const { log } = this.#parts;
    this.#listener = await transport.listen(address, this.#router, { ...listen, ...(log && { log }) });
    if (!this.#closing) await this.#subscribers.start();
  }

  /** Refuses handlers after the start: they would be neither registered nor subscribed. */
  #requireNotStarted(what: string): void {
    if (this.#starting) throw misused(`${what}: after the start of the server`);
  }

  /** Stops taking messages and calls, finishes those in flight, then releases the port. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#subscribers.stop();
    await this.#starting?.catch(() => undefined);
    await this.#subscribers.stop(); // subscribers that `start` added in the meantime
    const limit = new AbortController();
    const { drainTimeout = 30_000, clock = systemClock } = this.#options;
    const timer = clock.schedule(drainTimeout, () => limit.abort());
    await this.#listener?.drain({ signal: limit.signal });
    await this.#router.running.idle({ signal: limit.signal });
    timer.cancel();
    await this.#listener?.close();
    this.#router.running.close();
    await this.#debug.close();
  }
}

function misused(detail: string): MicroError {
  return badRequest("go.micro.server", detail, { reason: "USAGE" });
}
