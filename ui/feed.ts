import { pingInterval } from "../src/http/stream/keepalive.js";
import { getJson } from "./api.js";

/** What a page does with the events of a feed, by their names. */
export type Reactions = Readonly<Record<string, (data: never) => void>>;

/** Milliseconds. The server sends something at every interval, and R31 leaves 30 seconds for all of it. */
const firstBackOff = 250;
const maxBackOff = 5_000;
const longestSilence = 1.5 * pingInterval;
const lookEvery = 1_000;

/**
 * Follows a live feed, and opens it again whenever it breaks; returns what ends it. A WebSocket: event streams of all
 * tabs together would take the six connections that a browser has for one server, and the seventh tab would hang.
 */
export function followFeed(path: string, reactions: Reactions, lost: () => void): () => void {
  let stopped = false;
  let backOff = firstBackOff;
  let close = () => {};
  const open = () => {
    close = openFeed(
      path,
      (event, data) => {
        reactions[event]?.(data as never);
        backOff = firstBackOff;
      },
      () => {
        if (stopped) return;
        lost();
        backOff = Math.min(backOff * 2, maxBackOff);
        void mayAskAgain(backOff).then((may) => may && !stopped && open());
      },
    );
  };
  open();
  return () => {
    stopped = true;
    close();
  };
}

/** Opens a feed once; `over` is called when it ends, and when nothing was heard of it for too long. */
function openFeed(path: string, hear: (event: string, data: unknown) => void, over: () => void): () => void {
  const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
  let heard = Date.now();
  const timer = setInterval(() => Date.now() - heard > longestSilence && end(), lookEvery);
  const end = () => {
    clearInterval(timer);
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    over();
  };
  socket.onmessage = ({ data }) => {
    heard = Date.now();
    const frame = JSON.parse(data as string) as { readonly event?: string; readonly data?: unknown };
    if (frame.event !== undefined) hear(frame.event, frame.data);
  };
  socket.onclose = end;
  return end;
}

/** A closed feed does not say why: the plain page does, and sends to the login where a session ended. */
async function mayAskAgain(backOff: number): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, backOff));
  await getJson("/events", AbortSignal.timeout(5_000)).catch(() => undefined);
  return location.pathname !== "/login";
}
