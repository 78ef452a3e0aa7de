import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Agent, Dispatcher } from "undici";
import { formatAddress } from "../core/address.js";
import type { Closeable } from "../core/closeable.js";
import { MicroError } from "../core/errors.js";
import type { Metadata, Node } from "../core/service.js";
import type { Selector } from "../selector/selector.js";
import { connect } from "../transport/connect.js";
import { type Answer, sendAnswer } from "./answer.js";
import { exchangeOf } from "./exchange.js";
import { hearLastWords } from "./last-words.js";
import { RelayAnswer } from "./relay-answer.js";
import { relayedRequest } from "./relay-headers.js";
import { RequestBody } from "./request-body.js";
import type { RequestHead } from "./request-head.js";
import { type Asked, callerLeaves } from "./whole.js";

export interface RelayOptions {
  /** Names the program in errors. */
  readonly id: string;
  readonly selector: Selector;
  /** Milliseconds to the first byte of an answer, and between two bytes of it. Default 60 seconds. */
  readonly idle?: number;
  /** Milliseconds to connect. Default 1000. */
  readonly dial?: number;
}

/** Where and how one request goes on. */
export interface RelayTarget {
  readonly service: string;
  /** Path and query as the backend shall see them, byte for byte. */
  readonly path: string;
  /** Whom the Host header names. Default: whom the client's names. */
  readonly host?: "client" | "node";
  /** Headers of ours, put over the client's. */
  readonly headers: Metadata;
}

/** A request to relay. */
export interface Relayed extends Omit<Asked, "body"> {
  /** The request itself where its body is still on its way. */
  readonly body: Buffer | Readable | null;
}

/** Nodes that a request which was not written yet is tried on. */
const maxAttempts = 3;

/** Hands HTTP requests on to nodes of services, bodies streamed both ways with backpressure. */
export class Relay implements Closeable {
  readonly #options: RelayOptions;
  /** Loaded with the first request: 5 MiB. */
  #agent: Agent | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /**
   * Relays the request and its answer, both streamed; resolves when the answer is out or cut off.
   * @throws {MicroError} 404 when the service has no node, 502 when none answered; nothing was written then.
   */
  async forward(request: IncomingMessage, response: ServerResponse, target: RelayTarget): Promise<void> {
    const body = hasBody(request) ? request : null;
    const signal = callerLeaves(request, response);
    const exchange = exchangeOf(request);
    const relayed = { head: request, body, exchange, signal, open: () => response };
    const answer = await this.relay(relayed, target);
    if (answer) sendAnswer(request, response, answer);
  }

  /**
   * Relays a request, and returns its answer where that came whole; nothing where it was streamed or cut off.
   * @throws {MicroError} 404 when the service has no node, 502 when none answered; nothing was written then.
   */
  async relay(relayed: Relayed, target: RelayTarget): Promise<Answer | undefined> {
    const { selector, id } = this.#options;
    const selected = selector.select(target.service);
    const next = selected instanceof Promise ? await selected : selected;
    for (let attempt = 1; ; attempt++) {
      const node = next();
      relayed.exchange.label = target.service; // not before: names that no service has are no targets of the metrics
      try {
        return await this.#attempt(relayed, node, target);
      } catch (error) {
        if (attempt === maxAttempts || !mayRepeat(relayed, error)) throw badGateway(id, node, error);
      }
    }
  }

  async close(): Promise<void> {
    await this.#agent?.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(): Promise<Agent> {
    const undici = await import("undici");
    this.#agent ??= agentOf(undici, this.#options);
    return this.#agent;
  }

  async #attempt(relayed: Relayed, node: Node, target: RelayTarget): Promise<Answer | undefined> {
    const { selector } = this.#options;
    const { head, body, exchange, signal } = relayed;
    const { method = "" } = head;
    const scheme = node.metadata.secure === "true" ? "https" : "http";
    const options: Dispatcher.DispatchOptions = {
      origin: `${scheme}://${formatAddress({ host: node.address, port: node.port })}`,
      path: target.path,
      method: method as Dispatcher.HttpMethod,
      headers: relayedRequest(head, {
        host: hostFor(target, head, node),
        added: target.headers,
        credentials: exchange.credentials,
      }),
      body: body instanceof Readable ? new RequestBody(body) : body,
    };
    const agent = this.#agent ?? (await this.#load());
    const started = performance.now();
    selector.sent(node, started);
    try {
      const answer = await new Promise<Answer | undefined>((done, failed) => {
        const open = () => relayed.open();
        agent.dispatch(options, new RelayAnswer({ method, signal, open, done, failed }));
      });
      selector.mark(node, { duration: performance.now() - started });
      return answer;
    } catch (error) {
      selector.mark(node, { duration: performance.now() - started, ...(!signal.aborted && { error }) });
      throw error;
    }
  }
}

function agentOf({ Agent }: typeof import("undici"), { idle = 60_000, dial = 1000 }: RelayOptions): Agent {
  return new Agent({
    headersTimeout: idle,
    bodyTimeout: idle,
    connections: 256,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
    connect: ({ hostname, port, protocol }, callback) => {
      const secure = protocol === "https:";
      const address = formatAddress({
        host: hostname.replace(/^\[|\]$/g, ""),
        port: Number(port || (secure ? 443 : 80)),
      });
      connect(address, { timeout: dial, secure }).then(
        (socket) => callback(null, hearLastWords(socket)),
        (error) => callback(error as Error, null),
      );
    },
  });
}

/** The Host header of a relayed request. */
export function hostFor({ host }: RelayTarget, { headers }: RequestHead, node: Node): string {
  return host === "node" ? formatAddress({ host: node.address, port: node.port }) : (headers.host ?? "");
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Any request that was not written; a read whose connection broke before an answer. */
function mayRepeat({ head, body }: Relayed, error: unknown): boolean {
  const untouched = !(body instanceof Readable) || !body.readableDidRead;
  if (MicroError.is(error) && error.executed === "no") return untouched;
  const { code } = error as NodeJS.ErrnoException;
  const lost = code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
  return lost && body === null && (head.method === "GET" || head.method === "HEAD");
}

function badGateway(id: string, node: Node, cause: unknown): MicroError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "UND_ERR_HEADERS_TIMEOUT")
    return new MicroError(id, 504, `${node.id}: no answer in time`, { cause });
  return new MicroError(id, 502, `${node.id}: no answer`, { cause, node: node.id });
}
