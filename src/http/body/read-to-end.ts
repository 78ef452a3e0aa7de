import type { Socket } from "node:net";

/**
 * Holds back the end of a connection, and an error of it, until its reader asks for more than there is. Node tells both as
 * soon as its buffer is empty, also to a reader that has paused: undici then fails an assertion, or takes an answer for
 * cut off that it has read to the last byte and not yet handed on.
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
    // by read(0) Node itself looks whether the end is there
    if (size === 0) return ended || failure ? null : read(0);
    // an exact size: one that reaches past the end tells of it at once
    if (readableLength > 0) return read(size ?? readableLength);
    // in a turn of its own: the reader first hands on what it still holds
    if (failure) process.nextTick(destroy, failure);
    return failure ? null : read(size);
  };
  socket.destroy = (error?: Error) => {
    if (!isOfNetwork(error)) return destroy(error);
    // By this code undici takes a reset for the end of an answer that has no other. It is that only of an early answer: a
    // server that closes with an upload unread resets.
    if (error.code === "ECONNRESET" && socket.writableLength === 0) error.code = "UND_ERR_SOCKET";
    failure ??= error;
    // a reader that waits asks at once, a paused one when it goes on
    socket.emit("readable");
    return socket;
  };
  return socket;
}

/** An error that the other side or the network caused; any other is of somebody who wants the connection closed. */
function isOfNetwork(error: Error | undefined): error is NodeJS.ErrnoException {
  return error !== undefined && "syscall" in error;
}
