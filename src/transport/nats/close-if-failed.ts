import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** The sockets that one call of `connect` opened. Undefined once it has settled: its context lives on in callbacks. */
interface Opened {
  sockets: Set<Socket> | undefined;
}

const channel = "net.client.socket";
const connecting = new AsyncLocalStorage<Opened>();
let users = 0;

function onSocket(message: unknown): void {
  connecting.getStore()?.sockets?.add((message as { readonly socket: Socket }).socket);
}

/**
 * Runs `connect`, and destroys the sockets that it opened if it fails. The NATS library keeps the socket of a server that
 * accepts a connection and never answers: it would keep the process alive, and each new attempt would leave one more.
 */
export async function closeIfFailed<T>(connect: () => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const opened: Opened = { sockets };
  if (users++ === 0) subscribe(channel, onSocket);
  try {
    return await connecting.run(opened, connect);
  } catch (error) {
    for (const socket of sockets) socket.destroy();
    throw error;
  } finally {
    opened.sockets = undefined;
    if (--users === 0) unsubscribe(channel, onSocket);
  }
}
