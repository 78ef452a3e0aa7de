import type { Abortable, Closeable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import type { TlsOptions } from "../../transport/transport.js";
import { encodeEnvelope } from "../envelope.js";
import { clashes } from "./mux-message.js";
import type { MuxPeer } from "./mux-peer.js";
import { MuxPeers } from "./mux-peers.js";
import { Poster } from "./poster.js";
import type { Target } from "./topic.js";

export interface SenderOptions {
  readonly tls?: TlsOptions;
  /** False leaves HTTP alone. Default true. */
  readonly mux?: boolean;
  /** Milliseconds for one subscriber to acknowledge. Default 5000. */
  readonly timeout?: number;
}

/** Sends messages to subscribers: over mux to those of ours, over HTTP to the others. */
export class Sender implements Closeable {
  readonly #poster: Poster;
  readonly #peers: MuxPeers | undefined;
  readonly #timeout: number;

  constructor({ tls, mux = true, timeout = 5000 }: SenderOptions) {
    this.#timeout = timeout;
    this.#poster = new Poster({ tls, timeout });
    this.#peers = mux ? new MuxPeers(tls) : undefined;
  }

  /** Returns what sends `message` to one subscriber; that resolves when it acknowledged. @throws {MicroError}. */
  prepare(topic: string, message: Message, { signal }: Abortable): (target: Target) => Promise<void> {
    let envelope: string | undefined;
    const post = (target: Target) => {
      envelope ??= encodeEnvelope(message, topic);
      return this.#poster.post(target, envelope, signal);
    };
    const peers = clashes(message) ? undefined : this.#peers;
    if (peers === undefined) return post;
    const limits = { timeout: this.#timeout, signal };
    const send = (peer: MuxPeer | undefined, target: Target) =>
      peer === undefined
        ? post(target)
        : peer.send(topic, target.node.id, message, limits).catch(orPost(() => post(target)));
    return (target) => {
      const peer = peers.get(target.node);
      return peer instanceof Promise ? peer.then((dialled) => send(dialled, target)) : send(peer, target);
    };
  }

  async close(): Promise<void> {
    await this.#poster.close();
    await this.#peers?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A header that mux cannot write, JSON can. */
function orPost(post: () => Promise<void>): (error: unknown) => Promise<void> {
  return (error) => {
    if (MicroError.is(error) && error.code === 400 && error.executed === "no") return post();
    throw error;
  };
}
