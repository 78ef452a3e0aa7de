/** Holds a socket, a timer or a loop until closed. Closing twice is no error. */
export interface Closeable extends AsyncDisposable {
  close(): Promise<void>;
}

/** A promise rejects with the reason of the signal; an iteration ends quietly. */
export interface Abortable {
  readonly signal?: AbortSignal;
}
