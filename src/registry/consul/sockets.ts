import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { systemClock } from "../../core/time/clock.js";

/** Milliseconds for which a connection is kept that nothing uses: Consul counts it. */
const keptIdle = 1000;

/** The sockets to one Consul agent; how many there may be is bounded by those who ask. */
export class Sockets {
  readonly short: http.Agent;
  readonly blocking: http.Agent;

  constructor(secure: boolean, dialTimeout: number) {
    this.short = agent(secure, dialTimeout);
    this.blocking = agent(secure, dialTimeout);
  }

  close(): void {
    this.short.destroy();
    this.blocking.destroy();
  }
}

function agent(secure: boolean, dialTimeout: number): http.Agent {
  const options = { keepAlive: true, timeout: keptIdle };
  const made = secure ? new https.Agent(options) : new http.Agent(options);
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
