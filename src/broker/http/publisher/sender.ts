import type { Closeable } from "../../../core/closeable.js";
import { MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { TlsOptions } from "../../../transport/transport.js";
import { publishTimeout } from "../../publish-deadline.js";
import type { FeedPublication } from "../feed/feed.js";
import { clashes } from "../wire/mux-message.js";
import type { Port, Recipient } from "./delivery-plan.js";
import type { MuxPeer } from "./mux-peer.js";
import { MuxPeers } from "./mux-peers.js";
import type { PendingPublication } from "./pending-publication.js";
import { Poster } from "./poster.js";

export interface SenderOptions {
  readonly tls?: TlsOptions;
  /** False always uses HTTP. Default true. */
  readonly mux?: boolean;
  /** Milliseconds for one subscriber to acknowledge. Default 5000. */
  readonly timeout?: number;
}

/** Sends messages to subscribers: over mux to those that offer it, over HTTP to the others. */
export class Sender implements Closeable {
  readonly #poster: Poster;
  readonly #peers: MuxPeers | undefined;
  readonly #timeout: number;

  constructor({ tls, mux = true, timeout = publishTimeout }: SenderOptions) {
    this.#timeout = timeout;
    this.#poster = new Poster({ tls, timeout });
    this.#peers = mux ? new MuxPeers({ tls, timeout }) : undefined;
  }

  /** Sends to all subscribers behind `port`, which answer `publication` together. */
  toPort(port: Port, publication: PendingPublication): void {
    const outgoing = new ToPort(port, publication, this);
    const peers = clashes(publication.message) ? undefined : this.#peers;
    const peer = peers?.at(port);
    if (peer instanceof Promise)
      peer
        .then((dialled) => this.#feed(dialled, port, outgoing))
        .catch((error: unknown) => outgoing.failed(asError(error)));
    else this.#feed(peer, port, outgoing);
  }

  #feed(peer: MuxPeer | undefined, port: Port, outgoing: ToPort): void {
    if (peer) peer.feed(port.name).send(outgoing);
    else outgoing.post();
  }

  /** Sends to one subscriber. Resolves when it has acknowledged. @throws {MicroError} its error, or 408, or 503. */
  toOne(target: Recipient, publication: PendingPublication): Promise<void> {
    const peers = clashes(publication.message) ? undefined : this.#peers;
    const peer = peers?.get(target.node);
    return peer instanceof Promise
      ? peer.then((dialled) => this.#call(dialled, target, publication))
      : this.#call(peer, target, publication);
  }

  async #call(peer: MuxPeer | undefined, target: Recipient, publication: PendingPublication): Promise<void> {
    if (peer === undefined) return this.#post(target, publication);
    const { topic, message, signal } = publication;
    try {
      await peer.send(topic, target.node.id, message, { timeout: this.#timeout, signal });
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      await this.#post(target, publication);
    }
  }

  /** Sends to all subscribers behind a port one by one, over HTTP. */
  async postAll({ nodes }: Port, publication: PendingPublication): Promise<void> {
    const posts = nodes.map((node) =>
      this.#post({ node, ordered: true }, publication).then(
        () => undefined,
        (error: unknown) => asError(error).with({ node: node.id }),
      ),
    );
    publication.answered((await Promise.all(posts)).filter((failure) => failure !== undefined));
  }

  #post(target: Recipient, { envelope, signal }: PendingPublication): Promise<void> {
    return this.#poster.post(target, envelope, signal);
  }

  async close(): Promise<void> {
    await this.#poster.close();
    await this.#peers?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A message for one port. */
class ToPort implements FeedPublication {
  expires = 0;
  readonly #port: Port;
  readonly #publication: PendingPublication;
  readonly #sender: Sender;

  constructor(port: Port, publication: PendingPublication, sender: Sender) {
    this.#port = port;
    this.#publication = publication;
    this.#sender = sender;
  }

  get topic(): string {
    return this.#publication.topic;
  }

  get message(): Message {
    return this.#publication.message;
  }

  get givenUp(): boolean {
    return this.#publication.signal?.aborted === true;
  }

  answered(failures: readonly MicroError[]): void {
    this.#publication.answered(failures);
  }

  /** Sends it over HTTP instead. */
  post(): void {
    void this.#sender.postAll(this.#port, this.#publication);
  }

  failed(error: MicroError): void {
    if (isUnwritable(error)) this.post();
    else this.#publication.answered(this.#port.nodes.map(({ id }) => error.with({ node: id })));
  }
}

/** True for the error of a header that mux cannot encode. JSON can. */
function isUnwritable(error: unknown): boolean {
  return MicroError.is(error) && error.code === 400 && error.executed === "no";
}

function asError(error: unknown): MicroError {
  return MicroError.from(error, "go.micro.broker");
}
