import type { Socket } from "node:net";

/** Milliseconds in which a response that was sent before a reset can still be read. */
const readTimeout = 100;

type Done = (error?: Error | null) => void;
interface Writes {
  _write(chunk: unknown, encoding: BufferEncoding, done: Done): void;
  _writev(chunks: unknown, done: Done): void;
}

/**
 * Keeps reading from a socket for a moment after a write has failed. A server that answers an upload early and closes
 * resets the connection. Its response is then still in the kernel's buffer, and Node would drop it.
 */
export function readAfterReset<T extends Socket>(socket: T): T {
  const writes = socket as unknown as Writes;
  const { _write, _writev } = writes;
  writes._write = (chunk, encoding, done) => _write.call(socket, chunk, encoding, late(done));
  writes._writev = (chunks, done) => _writev.call(socket, chunks, late(done));
  return socket;
}

function late(done: Done): Done {
  return (error) => {
    if (error) setTimeout(done, readTimeout, error);
    else done();
  };
}
