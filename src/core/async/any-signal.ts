/** A controller that follows several signals until it is released. */
export interface AnySignal {
  readonly controller: AbortController;
  /** Stops following the signals. */
  readonly release: () => void;
}

/**
 * A controller that aborts with the first of `signals`. `AbortSignal.any` leaves an entry in each of them for as long as
 * it lives (Node 20): with one that serves all calls of a connection, 60 bytes a call that nobody frees.
 */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AnySignal {
  const controller = new AbortController();
  const abort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal?.aborted) controller.abort(signal.reason);
    else signal?.addEventListener("abort", abort);
  }
  const release = () => {
    for (const signal of signals) signal?.removeEventListener("abort", abort);
  };
  return { controller, release };
}
