/** Holds a socket, a timer or a loop until it is closed. `await using` closes it at the end of the block. */
export interface Closeable extends AsyncDisposable {
  /** Releases everything it holds. Closing twice is not an error. */
  close(): Promise<void>;
}

/** Options of anything that waits and can be cancelled. */
export interface Abortable {
  /** Cancels the operation: a promise rejects with the signal's reason, an iteration ends without an error. */
  readonly signal?: AbortSignal;
}
