import type { Codecs } from "../codec/index.js";
import {
  framedHeader,
  type OutgoingCall,
  readStreamReply,
  writeCall,
  writeFramedCall,
} from "../codec/rpc/rpc.js";
import { emptyBody } from "../core/message.js";
import type { Node } from "../core/service.js";
import type { Selector } from "../selector/selector.js";
import { StreamReader } from "../transport/stream-reader.js";
import type { Connection, Message, MessageStream } from "../transport/transport.js";
import type { Attempts } from "./attempt.js";
import type { Stream } from "./client.js";
import type { NodeConnections } from "./node-connections.js";
import { decodeReply, encoded, type PendingCall } from "./pending-call.js";
import { mayRetry } from "./retry.js";

export interface StreamParts {
  readonly nodes: NodeConnections;
  readonly attempts: Attempts;
  readonly selector: Selector;
  readonly codecs: Codecs;
  /** Milliseconds to open the stream. */
  readonly timeout: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** The node after attempt `number`, which went to the last one of `tried`. Undefined when there is none. */
  after(number: number, tried: readonly string[]): Promise<Node | undefined>;
}

/** Opens a stream on the first node that takes it. @throws {MicroError} 503 when none does. */
export async function openStream<Reply>(
  call: PendingCall,
  first: Node,
  parts: StreamParts,
): Promise<Stream<Reply>> {
  const tried = [first.id];
  for (let node = first, number = 1; ; number++) {
    const start = performance.now();
    parts.selector.sent(node);
    try {
      const outgoing = { ...parts.attempts.outgoing(call, node, number), id: 0, stream: true };
      const limits = { left: parts.timeout, signal: call.options.signal };
      const connection = parts.nodes.open(node) ?? (await parts.nodes.dial(node, limits));
      const write = writerOf(outgoing, connection);
      const opening = write(emptyBody, outgoing.id);
      const messages = await connection.stream(opening, {
        timeout: parts.timeout,
        signal: call.options.signal,
      });
      parts.selector.mark(node, { duration: performance.now() - start });
      return new ClientStream<Reply>(outgoing, messages, { call, write, codecs: parts.codecs });
    } catch (error) {
      parts.selector.mark(node, { duration: performance.now() - start, error });
      if (number > parts.retries || call.options.signal?.aborted || !mayRetry(error, false)) throw error;
      const next = await parts.after(number, tried);
      if (call.options.signal?.aborted) throw call.options.signal.reason;
      if (!next) throw error;
      node = next;
    }
    tried.push(node.id);
  }
}

/** Builds the wire message with sequence number `id`, from 0. */
type Write = (body: Uint8Array, id: number) => Message;

/** A framed connection gets one header object for all messages, and sends it once. Metadata goes with the first. */
function writerOf(outgoing: OutgoingCall, { framed }: Connection): Write {
  if (!framed || outgoing.protocol !== "mucp") return (body, id) => writeCall({ ...outgoing, id }, body);
  const header = Object.freeze(framedHeader(outgoing));
  const { method, contentType } = outgoing;
  return (body, id) => writeFramedCall(id === 0 ? outgoing : { method, contentType, id }, header, body);
}

class ClientStream<Reply> implements Stream<Reply> {
  readonly #outgoing: OutgoingCall;
  readonly #messages: MessageStream;
  readonly #call: PendingCall;
  readonly #codecs: Codecs;
  readonly #write: Write;
  /** Sequence number of the next message. The opening message was number 0. */
  #sent = 1;

  constructor(
    outgoing: OutgoingCall,
    messages: MessageStream,
    { call, codecs, write }: { call: PendingCall; codecs: Codecs; write: Write },
  ) {
    this.#write = write;
    this.#outgoing = outgoing;
    this.#messages = messages;
    this.#call = call;
    this.#codecs = codecs;
  }

  send(request: unknown): Promise<void> {
    const { contentType, options } = this.#call;
    try {
      const raw = options.raw && request instanceof Uint8Array;
      const body = raw ? request : encoded(this.#codecs.get(contentType), request, options.types?.request);
      return this.#messages.send(this.#write(body, this.#sent++));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  end(): Promise<void> {
    return this.#messages.end();
  }

  [Symbol.asyncIterator](): AsyncIterator<Reply> {
    return new StreamReader<Reply>(this.#messages, (message) => this.#read(message));
  }

  #read(message: Message): IteratorResult<Reply> {
    const { contentType, options } = this.#call;
    const body = readStreamReply(this.#outgoing, message);
    if (body === undefined) return { done: true, value: undefined };
    const value = options.raw ? body : decodeReply(this.#call, this.#codecs.get(contentType), body);
    // As in `call`, the caller vouches for the type of the reply.
    return { done: false, value: value as Reply };
  }

  close(): Promise<void> {
    return this.#messages.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
