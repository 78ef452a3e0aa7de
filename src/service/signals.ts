import { keepsAtHangUp } from "../core/process/stop-signals.js";
import { faultEvents, stopEvents } from "./process-events.js";

/** What ends a service that owns its process. */
export interface Stop {
  /** Aborts on the first signal that asks the process to end, and on an error that nobody caught. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  readonly release: () => void;
}

/**
 * Aborts on the first SIGTERM, SIGINT, SIGHUP or SIGQUIT, after which the second one ends the process as it would without
 * us. SIGHUP is left to `nohup`, and to an application that listens to it, as to read its settings again. It aborts too on an
 * error that nobody caught, of which `onFault` is told. What comes after the first error is told as well: while the
 * service drains, an error must not end the process before the calls under way are answered.
 */
export function stopSignal(onFault: (error: unknown) => void): Stop {
  const stop = new AbortController();
  const onStop = (signal: NodeJS.Signals) => {
    if (signal === "SIGHUP" && (keepsAtHangUp() || process.listenerCount(signal) > 1)) return;
    stop.abort();
    for (const off of signals) off();
  };
  const fault = (error: unknown) => {
    onFault(error);
    stop.abort();
  };
  const signals = stopEvents.map((event) => event.on(onStop));
  const faults = faultEvents.map((event) => event.on(fault));
  return {
    signal: stop.signal,
    release: () => {
      for (const off of [...signals, ...faults]) off();
    },
  };
}
