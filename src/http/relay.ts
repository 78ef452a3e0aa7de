import type { IncomingMessage, ServerResponse } from "node:http";
import type { Agent, Dispatcher } from "undici";
import { formatAddress } from "../core/address.js";
import type { Closeable } from "../core/closeable.js";
import { MicroError } from "../core/errors.js";
import type { Metadata, Node } from "../core/service.js";
import type { Selector } from "../selector/selector.js";
import { connect } from "../transport/connect.js";
import { RelayAnswer } from "./relay-answer.js";
import { relayedRequest } from "./relay-headers.js";

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

/** Nodes that a request which was not written yet is tried on. */
const maxAttempts = 3;

/** Hands HTTP requests on to nodes of services, bodies streamed both ways with backpressure. */
export class Relay implements Closeable {
  readonly #options: RelayOptions;
  readonly #agent: Agent;

  private constructor(options: RelayOptions, agent: Agent) {
    this.#options = options;
    this.#agent = agent;
  }

  static async open(options: RelayOptions): Promise<Relay> {
    const { Agent } = await import("undici");
    const idle = options.idle ?? 60_000;
    const agent = new Agent({
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
        connect(address, { timeout: options.dial ?? 1000, secure }).then(
          (socket) => callback(null, socket),
          (error) => callback(error as Error, null),
        );
      },
    });
    return new Relay(options, agent);
  }

  /**
   * Relays the request and its answer; resolves when the answer is out or cut off.
   * @throws {MicroError} 404 when the service has no node, 502 when none answered; nothing was written then.
   */
  async forward(request: IncomingMessage, response: ServerResponse, target: RelayTarget): Promise<void> {
    const { selector, id } = this.#options;
    const next = await selector.select(target.service);
    for (let attempt = 1; ; attempt++) {
      const node = next();
      try {
        return await this.#attempt(request, response, node, target);
      } catch (error) {
        const again = attempt < maxAttempts && !response.headersSent && mayRepeat(request, error);
        if (!again) throw badGateway(id, node, error);
      }
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #attempt(
    request: IncomingMessage,
    response: ServerResponse,
    node: Node,
    target: RelayTarget,
  ): Promise<void> {
    const { selector } = this.#options;
    const scheme = node.metadata.secure === "true" ? "https" : "http";
    const options: Dispatcher.DispatchOptions = {
      origin: `${scheme}://${formatAddress({ host: node.address, port: node.port })}`,
      path: target.path,
      method: request.method as Dispatcher.HttpMethod,
      headers: relayedRequest(request, hostFor(target, request, node), target.headers),
      body: hasBody(request) ? request : null,
    };
    const started = performance.now();
    selector.sent(node);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#agent.dispatch(options, new RelayAnswer(response, resolve, reject));
      });
      selector.mark(node, { duration: performance.now() - started });
    } catch (error) {
      selector.mark(node, { duration: performance.now() - started, ...(!response.destroyed && { error }) });
      throw error;
    }
  }
}

/** The Host header of a relayed request. */
export function hostFor({ host }: RelayTarget, { headers }: IncomingMessage, node: Node): string {
  return host === "node" ? formatAddress({ host: node.address, port: node.port }) : (headers.host ?? "");
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Any request that was not written; a read whose connection broke before an answer. */
function mayRepeat(request: IncomingMessage, error: unknown): boolean {
  if (hasBody(request)) return MicroError.is(error) && error.executed === "no" && !request.readableDidRead;
  if (MicroError.is(error) && error.executed === "no") return true;
  const { code } = error as NodeJS.ErrnoException;
  const lost = code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
  return lost && (request.method === "GET" || request.method === "HEAD");
}

function badGateway(id: string, node: Node, cause: unknown): MicroError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "UND_ERR_HEADERS_TIMEOUT")
    return new MicroError(id, 504, `${node.id}: no answer in time`, { cause });
  return new MicroError(id, 502, `${node.id}: no answer`, { cause, node: node.id });
}
