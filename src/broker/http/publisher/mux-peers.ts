import type { Closeable } from "../../../core/closeable.js";
import { formatAddress } from "../../../core/net/address.js";
import type { Node } from "../../../core/service.js";
import { mux } from "../../../transport/mux/mux.js";
import type { TlsOptions } from "../../../transport/transport.js";
import { MuxPeer } from "./mux-peer.js";

export interface MuxPeersOptions {
  readonly tls?: TlsOptions;
  /** Milliseconds for the subscribers behind a feed to acknowledge. */
  readonly timeout: number;
}

type Peers = Map<string, MuxPeer | Promise<MuxPeer | undefined> | undefined>;

/** Where and how a peer is reached. */
export interface PeerAddress {
  /** `host:port`. */
  readonly address: string;
  readonly secure: boolean;
  /** True if another machine registered it. */
  readonly foreign: boolean;
}

export function peerAddress({ address: host, port, metadata, foreign = false }: Node): PeerAddress {
  return { address: formatAddress({ host, port }), secure: metadata.secure === "true", foreign };
}

/** The mux connections to peers, by address. Undefined for a peer that offered mux but then declined it. */
export class MuxPeers implements Closeable {
  readonly #options: MuxPeersOptions;
  readonly #peers: Peers = new Map();
  /** Peers registered by another machine: the same address may be refused for them. */
  readonly #foreign: Peers = new Map();
  #closed = false;

  constructor(options: MuxPeersOptions) {
    this.#options = options;
  }

  /** Like `at`. Undefined for a node that does not offer mux. */
  get(node: Node): MuxPeer | Promise<MuxPeer | undefined> | undefined {
    if (node.metadata.mux !== "1") return undefined;
    return this.at(peerAddress(node));
  }

  /**
   * Returns the connection, without a promise once it is there. Earlier callers go first. Undefined: use HTTP.
   * @throws {MicroError} 503, not executed, if the peer cannot be reached.
   */
  at(target: PeerAddress): MuxPeer | Promise<MuxPeer | undefined> | undefined {
    const peers = target.foreign ? this.#foreign : this.#peers;
    const known = peers.get(target.address);
    if (known !== undefined || peers.has(target.address)) return known;
    const dialling = this.#dial(target, peers);
    peers.set(target.address, dialling);
    return dialling;
  }

  /** Stores the peer before callers that wait for the promise continue, because its own `then` is attached first. */
  #dial({ address, secure, foreign }: PeerAddress, peers: Peers): Promise<MuxPeer | undefined> {
    const { tls, timeout } = this.#options;
    let lost = false;
    let peer: MuxPeer | undefined;
    const onClose = () => {
      lost = true;
      peers.delete(address);
      peer?.retire();
    };
    const dialling = mux.dial(address, { secure, tls, foreign, onClose }).then((connection) => {
      peer = connection && new MuxPeer(connection, timeout);
      return peer;
    });
    dialling.then(
      () => {
        if (!lost) peers.set(address, peer);
        if (this.#closed) void peer?.close();
      },
      () => peers.delete(address),
    );
    return dialling;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = await Promise.allSettled([...this.#peers.values(), ...this.#foreign.values()]);
    await Promise.all(open.map((peer) => (peer.status === "fulfilled" ? peer.value?.close() : undefined)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
