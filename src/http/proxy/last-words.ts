import type { Socket } from "node:net";

/** Milliseconds for what was sent before a reset to be read. */
const patience = 100;

type Done = (error?: Error | null) => void;
interface Writes {
  _write(chunk: unknown, encoding: BufferEncoding, done: Done): void;
  _writev(chunks: unknown, done: Done): void;
}

/**
 * Lets a socket read on for a moment after a write failed: a server that answers an upload early and closes resets the
 * connection, and its answer is then still in the kernel, where Node would leave it.
 */
export function hearLastWords<T extends Socket>(socket: T): T {
  const writes = socket as unknown as Writes;
  const { _write, _writev } = writes;
  writes._write = (chunk, encoding, done) => _write.call(socket, chunk, encoding, late(done));
  writes._writev = (chunks, done) => _writev.call(socket, chunks, late(done));
  return socket;
}

function late(done: Done): Done {
  return (error) => {
    if (error) setTimeout(done, patience, error);
    else done();
  };
}
