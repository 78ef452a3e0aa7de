import type { Socket } from "node:net";
import { connect } from "../connect.js";
import type { Upgrade } from "../http/wire/upgrade.js";
import { MuxConnection } from "./calls/connection.js";
import { Serving } from "./calls/serving.js";
import { acceptUpgrade, protocol, requestUpgrade } from "./upgrade.js";

/** The framed protocol between two nodes of this toolkit, on the same port as HTTP. See docs/mux.md. */
export const mux: Upgrade = {
  token: protocol,

  async dial(address, { secure, timeout, tls, foreign, idle, onClose }) {
    const socket = await connect(address, { secure, timeout, tls, foreign });
    const head = await requestUpgrade(socket, address, { timeout });
    if (head === undefined) return undefined;
    const connection = new MuxConnection(socket, { idle, onRetired: onClose });
    connection.received(head);
    return connection;
  },

  accept(socket, head, { handler, limit, logUnexpected }) {
    acceptUpgrade(socket as Socket);
    const serving = new Serving(socket as Socket, handler, { limit, logUnexpected });
    serving.received(Buffer.from(head));
    return serving;
  },
};
