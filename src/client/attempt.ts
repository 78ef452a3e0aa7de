import { type OutgoingCall, readReply, writeCall } from "../codec/exchange.js";
import { formatAddress } from "../core/address.js";
import { MicroError, timeout } from "../core/errors.js";
import type { Metadata, Node } from "../core/service.js";
import type { Selector } from "../selector/selector.js";
import type { Message } from "../transport/transport.js";
import type { Nodes } from "./nodes.js";
import type { PendingCall } from "./pending-call.js";

/** One request to one node; its outcome is marked at the selector. */
export class Attempts {
  readonly #nodes: Nodes;
  readonly #selector: Selector;
  #id = 0;

  constructor(nodes: Nodes, selector: Selector) {
    this.#nodes = nodes;
    this.#selector = selector;
  }

  /** Sends attempt `number` (from 1) of `call` to `node`. @throws {MicroError} what the node answered, or how it failed. */
  async send(call: PendingCall, node: Node, number: number, signal?: AbortSignal): Promise<Uint8Array> {
    const start = performance.now();
    this.#selector.sent(node);
    const outgoing = this.outgoing(call, node, number);
    const reply = await this.#exchange(call, node, writeCall(outgoing, call.body), signal).catch((error) => {
      this.#selector.mark(node, { duration: performance.now() - start, error });
      throw named(error, call, node);
    });
    const answered = () => this.#selector.mark(node, { duration: performance.now() - start });
    try {
      const body = readReply(outgoing, reply);
      answered();
      return body;
    } catch (error) {
      answered();
      throw MicroError.from(error, "go.micro.client").with({ node: node.id });
    }
  }

  /** What `call` looks like towards `node`. */
  outgoing(call: PendingCall, node: Node, number: number): OutgoingCall {
    const { service, method, contentType } = call;
    const left = call.deadline.left();
    return {
      service,
      method,
      id: this.#id++,
      contentType,
      protocol: node.metadata.protocol === "mucp" ? "mucp" : "legacy",
      metadata: number > 1 ? retried(call.metadata, number) : call.metadata,
      timeoutNs: left === Number.POSITIVE_INFINITY ? 0 : Math.ceil(left * 1e6),
    };
  }

  async #exchange(call: PendingCall, node: Node, message: Message, signal?: AbortSignal): Promise<Message> {
    const left = call.deadline.left();
    if (left === 0) throw timeout("go.micro.client", "no time left", { executed: "no" });
    const open = this.#nodes.open(node);
    if (open) return open.call(message, { timeout: left, signal });
    const connection = await this.#nodes.dial(node, { left, signal });
    return connection.call(message, { timeout: call.deadline.left(), signal });
  }
}

/** Tells the next hop that it serves a retry, so that it does not multiply it. */
function retried(metadata: Metadata, number: number): Metadata {
  return { ...metadata, "X-Micro-Attempt": String(number) };
}

function named(error: unknown, call: PendingCall, node: Node): unknown {
  if (call.options.signal?.aborted) return error;
  if (!MicroError.is(error)) return error;
  if (error.reason !== "TIMEOUT") return error.with({ node: node.id });
  const address = formatAddress({ host: node.address, port: node.port });
  const waited = call.options.timeout === undefined ? "in time" : `within ${call.options.timeout}ms`;
  return new MicroError(
    "go.micro.client",
    408,
    `${node.id} (${address}) did not answer ${call.method} ${waited}`,
    {
      reason: "TIMEOUT",
      node: node.id,
      executed: error.executed,
      cause: error,
    },
  );
}
