import type { Socket } from "node:net";

/**
 * Delays the end and errors of a connection until its reader has read all buffered data. Node emits both as soon as its
 * buffer is empty, even to a paused reader. undici then fails an assertion, or treats a response as cut off that it has
 * read completely but not yet delivered.
 */
export function readToEnd<T extends Socket>(socket: T): T {
  const push = socket.push.bind(socket);
  const read = socket.read.bind(socket);
  const destroy = socket.destroy.bind(socket);
  let ended = false;
  let failure: Error | undefined;
  socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
    ended ||= chunk === null;
    return push(chunk, encoding);
  };
  socket.read = (size?: number) => {
    const { readableLength } = socket;
    // Node calls read(0) itself to check for the end.
    if (size === 0) return ended || failure ? null : read(0);
    // Never read past the buffered data: that would emit the end at once.
    if (readableLength > 0) return read(size ?? readableLength);
    // In the next tick, so that the reader can first deliver what it holds.
    if (failure) process.nextTick(destroy, failure);
    return failure ? null : read(size);
  };
  socket.destroy = (error?: Error) => {
    if (!isOfNetwork(error)) return destroy(error);
    // With this code, undici accepts a reset as the end of a response without a length. That is right only for an
    // early response: a server that closes with an unread upload sends a reset.
    if (error.code === "ECONNRESET" && socket.writableLength === 0) error.code = "UND_ERR_SOCKET";
    failure ??= error;
    // A waiting reader reads at once, a paused one when it resumes.
    socket.emit("readable");
    return socket;
  };
  return socket;
}

/** True for an error of the network or the peer. Any other comes from code that wants to close the connection. */
function isOfNetwork(error: Error | undefined): error is NodeJS.ErrnoException {
  return error !== undefined && "syscall" in error;
}
