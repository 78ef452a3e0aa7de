import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { systemClock } from "../../core/clock.js";

/** Sockets for short calls; more wait their turn. */
export const maxShort = 16;

/** The sockets to one Consul agent: blocking queries, whose number is bounded elsewhere, have their own. */
export class Sockets {
  readonly short: http.Agent;
  readonly blocking: http.Agent;

  constructor(secure: boolean, dialTimeout: number) {
    this.short = agent(secure, maxShort, dialTimeout);
    this.blocking = agent(secure, Number.POSITIVE_INFINITY, dialTimeout);
  }

  close(): void {
    this.short.destroy();
    this.blocking.destroy();
  }
}

function agent(secure: boolean, maxSockets: number, dialTimeout: number): http.Agent {
  const made = secure
    ? new https.Agent({ keepAlive: true, maxSockets })
    : new http.Agent({ keepAlive: true, maxSockets });
  limitDial(made, dialTimeout);
  return made;
}

/** Gives up a connection that is not there after `timeout` ms; the client's own timeout covers the whole call. */
function limitDial(made: http.Agent, timeout: number): void {
  const dial = made as unknown as { createConnection(...args: unknown[]): Duplex };
  const create = dial.createConnection.bind(made);
  dial.createConnection = (...args) => {
    const socket = create(...args);
    const late = () => socket.destroy(Object.assign(new Error("connect timed out"), { code: "ETIMEDOUT" }));
    // After an event loop that was blocked, what happened meanwhile counts first.
    let grace: NodeJS.Immediate | undefined;
    const timer = systemClock.schedule(timeout, () => {
      grace = setImmediate(late);
    });
    const settled = () => {
      timer.cancel();
      clearImmediate(grace);
    };
    socket.once("connect", settled).once("close", settled);
    return socket;
  };
}
