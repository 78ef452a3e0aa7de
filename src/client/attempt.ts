import { type OutgoingCall, readReply, writeCall, writeFramedCall } from "../codec/rpc/exchange.js";
import { MicroError, timeout } from "../core/errors.js";
import { formatAddress } from "../core/net/address.js";
import type { Metadata, Node } from "../core/service.js";
import type { Selector } from "../selector/selector.js";
import type { Connection, Message } from "../transport/transport.js";
import { FramedHeaders } from "./framed-headers.js";
import { type NodeHandle, type Nodes, openOf } from "./nodes.js";
import type { PendingCall } from "./pending-call.js";

/** The most that a peer in Go can read: 63 bits, as far as a double is exact below them. */
const longestNs = 2 ** 63 - 1024;

/** One request on its way to one node. */
export interface Attempt {
  readonly call: PendingCall;
  readonly node: Node;
  readonly target: NodeHandle;
  readonly outgoing: OutgoingCall;
  /** The monotonic clock when it was sent. */
  readonly start: number;
  /** What the node answers; it is for `received` or `failed` to say what became of the attempt. */
  readonly reply: Promise<Message>;
  /** The selector was told how it ended. */
  marked: boolean;
}

/** Sends requests to nodes, and marks at the selector how each ended. */
export class Attempts {
  readonly #nodes: Nodes;
  readonly #selector: Selector;
  readonly #headers = new FramedHeaders();
  #id = 0;

  constructor(nodes: Nodes, selector: Selector) {
    this.#nodes = nodes;
    this.#selector = selector;
  }

  /**
   * Sends attempt `number` (from 1) of `call` to `node`. It hands out the very promise of the connection: one of its
   * own around it, and the turn of the microtask queue that it takes, would cost 0.3 µs a call.
   */
  begin(call: PendingCall, node: Node, number: number, signal = call.options.signal): Attempt {
    const start = performance.now();
    this.#selector.sent(node, start);
    const outgoing = this.outgoing(call, node, number, start);
    const target = this.#nodes.target(node);
    const reply = target.limit.enter()
      ? this.#exchange(call, node, outgoing, { target, now: start, signal })
      : this.#inLine(call, node, outgoing, { target, signal });
    return { call, node, target, outgoing, start, reply, marked: false };
  }

  /** The body of the reply. @throws {MicroError} what the node answered, or how it failed. */
  async ended(attempt: Attempt): Promise<Uint8Array> {
    try {
      return this.received(attempt, await attempt.reply);
    } catch (error) {
      throw this.failed(attempt, error);
    }
  }

  /** The body of a reply that came. @throws {MicroError} that the node answered. */
  received(attempt: Attempt, reply: Message): Uint8Array {
    const now = performance.now();
    attempt.marked = true;
    attempt.target.limit.leave();
    const duration = now - attempt.start;
    try {
      const body = readReply(attempt.outgoing, reply);
      this.#selector.mark(attempt.node, { duration }, now);
      return body;
    } catch (error) {
      this.#selector.mark(attempt.node, { duration, faulty: isFaulty(error) }, now);
      throw error;
    }
  }

  /** What the caller is told of an attempt that threw `error`. */
  failed(attempt: Attempt, error: unknown): unknown {
    const { node, call, start, marked } = attempt;
    if (marked) return MicroError.from(error, "go.micro.client").with({ node: node.id });
    attempt.marked = true;
    attempt.target.limit.leave();
    this.#selector.mark(node, { duration: performance.now() - start, error });
    return named(error, call, node);
  }

  /** What `call` looks like towards `node`. */
  outgoing(call: PendingCall, node: Node, number: number, now = performance.now()): OutgoingCall {
    return {
      service: call.service,
      method: call.method,
      id: this.#id++,
      contentType: call.contentType,
      protocol: node.metadata.protocol === "mucp" ? "mucp" : "legacy",
      from: call.from,
      metadata: number > 1 ? retried(call.metadata, number) : call.metadata,
      timeoutNs: nanosecondsLeft(call, now),
    };
  }

  /** More calls are under way to the node than it takes. */
  async #inLine(
    call: PendingCall,
    node: Node,
    outgoing: OutgoingCall,
    { target, signal }: { target: NodeHandle; signal: AbortSignal | undefined },
  ): Promise<Message> {
    await target.limit.turn(call.deadline.at, { signal });
    const now = performance.now();
    const timeoutNs = nanosecondsLeft(call, now);
    return this.#exchange(call, node, { ...outgoing, timeoutNs }, { target, now, signal });
  }

  /** What it throws at once rejects too: the attempt counts as sent. */
  #exchange(
    call: PendingCall,
    node: Node,
    outgoing: OutgoingCall,
    { target, now, signal }: { target: NodeHandle; now: number; signal: AbortSignal | undefined },
  ): Promise<Message> {
    try {
      const left = call.deadline.at - now;
      if (left <= 0) throw timeout("go.micro.client", "no time left", { executed: "no" });
      const open = openOf(target);
      if (!open) return this.#dialled(call, node, outgoing, { left, signal });
      return open.call(this.#write(call, outgoing, open), { timeout: left, now, signal });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #dialled(
    call: PendingCall,
    node: Node,
    outgoing: OutgoingCall,
    { left, signal }: { left: number; signal: AbortSignal | undefined },
  ): Promise<Message> {
    const connection = await this.#nodes.dial(node, { left, signal });
    const message = this.#write(call, outgoing, connection);
    return connection.call(message, { timeout: call.deadline.left(), signal });
  }

  #write(call: PendingCall, outgoing: OutgoingCall, connection: Connection): Message {
    if (!connection.framed || outgoing.protocol !== "mucp") return writeCall(outgoing, call.body);
    return writeFramedCall(outgoing, this.#headers.of(call), call.body);
  }
}

/** What is left of the time of a call; 0 for no limit. */
function nanosecondsLeft({ deadline }: PendingCall, now: number): number {
  const left = deadline.at - now;
  return left === Number.POSITIVE_INFINITY ? 0 : Math.min(longestNs, Math.ceil(Math.max(0, left) * 1e6));
}

/** True for an error of the node's: 4xx are answers of the application, and texts without a code come from peers in Go. */
function isFaulty(error: unknown): boolean {
  return !MicroError.is(error) || error.executed === "no" || error.code < 400 || error.code >= 500;
}

/** Tells the next hop that it serves a retry, so that it does not multiply it. */
function retried(metadata: Metadata | undefined, number: number): Metadata {
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
