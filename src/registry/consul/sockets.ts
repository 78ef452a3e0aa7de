import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { systemClock } from "../../core/time/clock.js";

/** Milliseconds for which an idle connection is kept: it counts towards Consul's limit. */
const keptIdle = 1000;

/** The sockets to one Consul agent. The callers bound their number. */
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
  const httpAgent = secure ? new https.Agent(options) : new http.Agent(options);
  limitDial(httpAgent, dialTimeout);
  return httpAgent;
}

/** Limits the time to connect. The timeout of the `consul` package covers the whole call. */
function limitDial(httpAgent: http.Agent, timeout: number): void {
  const dial = httpAgent as unknown as { createConnection(...args: unknown[]): Duplex };
  const create = dial.createConnection.bind(httpAgent);
  dial.createConnection = (...args) => {
    const socket = create(...args);
    const late = () => socket.destroy(Object.assign(new Error("connect timed out"), { code: "ETIMEDOUT" }));
    // If the event loop was blocked, a connection that was made in the meantime comes first.
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
