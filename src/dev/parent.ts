/** Milliseconds for a child to end by itself. */
const exitTimeout = 10_000;

/**
 * Tells `micro dev` that the file itself comes next. Calls `end` once that is gone, and again with SIGKILL when that did
 * not help. It may be gone already.
 */
export function whenParentIsGone(end: (signal: NodeJS.Signals) => void): void {
  const gone = (): void => {
    setTimeout(end, exitTimeout, "SIGKILL").unref();
    end("SIGTERM");
  };
  process.send?.("up", undefined, undefined, () => undefined);
  // the event came before we were loaded where it went right after our start
  if (process.connected) process.once("disconnect", gone);
  else gone();
}
