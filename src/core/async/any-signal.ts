/** A controller that follows several signals until it is released. */
export interface AnySignal {
  readonly controller: AbortController;
  /** Stops following the signals. */
  readonly release: () => void;
}

/**
 * Returns a controller that aborts with the first of `signals`. `AbortSignal.any` is no substitute: in Node 20 each
 * source keeps an entry for the combined signal, which leaks 60 bytes a call where one signal serves all calls of a
 * connection.
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
