/** Bounds on what a peer may send, in bytes and counts. */
export const maxBody = 4 * 1024 * 1024;
export const maxHead = 16 * 1024;
export const maxHeaders = 256;
/** Sockets to one peer that may be connecting at the same time, because the peer's accept queue is short. */
export const maxDials = 64;
/** Length of a listener's accept queue. The kernel may limit it further. */
export const backlog = 4096;
/** Unread messages of one stream at which the socket is paused. */
export const maxWaiting = 16;
/** Idle sockets kept per peer, and for how many milliseconds: shorter than the server's keep-alive. */
export const poolSize = 64;
export const poolTtl = 60_000;
export const keepAlive = 65_000;
/** Calls in flight to one peer, and in one listener. */
export const maxCalls = 1024;
/** Milliseconds without a message in either direction after which a stream counts as broken. */
export const streamIdle = 60_000;
/** Connections to one listener. Further ones are closed at once. */
export const maxConnections = 10_000;
