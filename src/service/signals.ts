/** Aborts on the first SIGTERM or SIGINT; the second one ends the process as it would without us. */
export function stopSignal(): { readonly signal: AbortSignal; readonly release: () => void } {
  const stop = new AbortController();
  const release = () => {
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
  };
  function onSignal(): void {
    stop.abort();
    release();
  }
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return { signal: stop.signal, release };
}
