import { setMaxListeners } from "node:events";

/** Keeps Node from warning of a leak where many calls at a time wait for one signal: each removes its listener. */
export function manyListeners(signal: AbortSignal | undefined): void {
  if (signal) setMaxListeners(0, signal);
}
