import { keepsAtHangUp } from "../core/process/stop-signals.js";
import { faultEvents, stopEvents } from "./process-events.js";

/** The reasons to end a service that owns its process. */
export interface Stop {
  /** Aborts on the first signal that asks the process to end, and on an uncaught error. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  readonly release: () => void;
}

/**
 * Aborts on the first SIGTERM, SIGINT, SIGHUP or SIGQUIT. A second signal has its default effect and ends the process.
 * SIGHUP is ignored under `nohup`, and if the application has its own listener, for example to reload settings.
 * Also aborts on an uncaught error. `onFault` gets that error and all later ones: listening continues while the service
 * drains, so that a further error does not end the process before the calls in flight are answered.
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
