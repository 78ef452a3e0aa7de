import { formatAddress } from "../../core/address.js";
import type { Closeable } from "../../core/closeable.js";
import type { Node } from "../../core/service.js";
import { mux } from "../../transport/mux/mux.js";
import type { TlsOptions } from "../../transport/transport.js";
import { MuxPeer } from "./mux-peer.js";

export interface MuxPeersOptions {
  readonly tls?: TlsOptions;
  /** Milliseconds for the subscribers behind a feed to acknowledge. */
  readonly timeout: number;
}

/** The connections to peers of ours, by address; nothing in place of one that offered mux, and then did not serve it. */
export class MuxPeers implements Closeable {
  readonly #options: MuxPeersOptions;
  readonly #peers = new Map<string, MuxPeer | Promise<MuxPeer | undefined> | undefined>();
  #closed = false;

  constructor(options: MuxPeersOptions) {
    this.#options = options;
  }

  /** As `at`; nothing for a node that does not offer mux. */
  get(node: Node): MuxPeer | Promise<MuxPeer | undefined> | undefined {
    if (node.metadata.mux !== "1") return undefined;
    const address = formatAddress({ host: node.address, port: node.port });
    return this.at(address, node.metadata.secure === "true");
  }

  /**
   * At once when connected; those who waited for it go first. Resolves with nothing where HTTP serves.
   * @throws {MicroError} 503 not executed.
   */
  at(address: string, secure: boolean): MuxPeer | Promise<MuxPeer | undefined> | undefined {
    const known = this.#peers.get(address);
    if (known !== undefined || this.#peers.has(address)) return known;
    const dialling = this.#dial(address, secure);
    this.#peers.set(address, dialling);
    return dialling;
  }

  /** Its last step is the first of those that follow the promise: in `#peers` before anybody else goes on. */
  #dial(address: string, secure: boolean): Promise<MuxPeer | undefined> {
    const { tls, timeout } = this.#options;
    let lost = false;
    let peer: MuxPeer | undefined;
    const onClose = () => {
      lost = true;
      this.#peers.delete(address);
      peer?.retire();
    };
    const dialling = mux.dial(address, { secure, tls, onClose }).then((connection) => {
      peer = connection && new MuxPeer(connection, timeout);
      return peer;
    });
    dialling.then(
      () => {
        if (!lost) this.#peers.set(address, peer);
        if (this.#closed) void peer?.close();
      },
      () => this.#peers.delete(address),
    );
    return dialling;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = await Promise.allSettled(this.#peers.values());
    await Promise.all(open.map((peer) => (peer.status === "fulfilled" ? peer.value?.close() : undefined)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
