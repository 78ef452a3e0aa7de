import { connect } from "node:net";
import type { Node } from "../core/service.js";

/** Tells whether a node is there. */
export type Probe = (node: Node, signal: AbortSignal) => Promise<boolean>;

/** Milliseconds in which a node must answer. */
const limit = 300;

/** True when something accepts a connection at the address of `node`. */
export const acceptsConnections: Probe = (node, signal) =>
  new Promise((resolve) => {
    if (signal.aborted || node.port === 0) return resolve(false);
    const socket = connect({ host: node.address, port: node.port, signal });
    const done = (answers: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    const timer = setTimeout(done, limit, false);
    socket.once("connect", () => done(true)).on("error", () => done(false));
  });
