import { connect } from "node:net";
import { guardedLookup } from "../core/net/dial-guard.js";
import type { Node } from "../core/service.js";

/** Returns whether a node is alive. `signal` ends the check. */
export type PresenceProbe = (node: Node, signal: AbortSignal) => Promise<boolean>;

/** Milliseconds in which a node must answer. */
const limit = 300;

/** True if the address of `node` accepts a connection. It is dialled under the same rules as for calls. */
export const acceptsConnections: PresenceProbe = async (node, signal) => {
  const { address: host, port, foreign } = node;
  const lookup = await guardedLookup({ host, port }, { foreign }).catch(() => undefined);
  if (lookup === undefined || signal.aborted || port === 0) return false;
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal, lookup });
    const done = (answers: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    const timer = setTimeout(done, limit, false);
    socket.once("connect", () => done(true)).on("error", () => done(false));
  });
};
