import { formatAddress } from "../../core/address.js";
import type { Closeable } from "../../core/closeable.js";
import type { Node } from "../../core/service.js";
import { mux } from "../../transport/mux/mux.js";
import type { TlsOptions } from "../../transport/transport.js";
import { MuxPeer } from "./mux-peer.js";

/** The connections to peers of ours, by address; nothing in place of one that offered mux, and then did not serve it. */
export class MuxPeers implements Closeable {
  readonly #tls: TlsOptions | undefined;
  readonly #peers = new Map<string, MuxPeer | Promise<MuxPeer | undefined> | undefined>();
  #closed = false;

  constructor(tls: TlsOptions | undefined) {
    this.#tls = tls;
  }

  /** At once when connected. Resolves with nothing where HTTP serves. @throws {MicroError} 503 not executed. */
  get(node: Node): MuxPeer | Promise<MuxPeer | undefined> | undefined {
    if (node.metadata.mux !== "1") return undefined;
    const address = formatAddress({ host: node.address, port: node.port });
    const known = this.#peers.get(address);
    if (known !== undefined || this.#peers.has(address)) return known;
    const dialling = this.#dial(address, node.metadata.secure === "true");
    this.#peers.set(address, dialling);
    return dialling;
  }

  async #dial(address: string, secure: boolean): Promise<MuxPeer | undefined> {
    let lost = false;
    const onClose = () => {
      lost = true;
      this.#peers.delete(address);
    };
    try {
      const connection = await mux.dial(address, { secure, tls: this.#tls, onClose });
      const peer = connection && new MuxPeer(connection);
      if (!lost) this.#peers.set(address, peer);
      if (this.#closed) await peer?.close();
      return peer;
    } catch (error) {
      this.#peers.delete(address);
      throw error;
    }
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
