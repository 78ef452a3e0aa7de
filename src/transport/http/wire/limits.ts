/** Bounds on what a peer may send, in bytes and counts. */
export const maxBody = 4 * 1024 * 1024;
export const maxHead = 16 * 1024;
export const maxHeaders = 256;
/** Sockets to one peer that are being opened at one time: a peer's queue for new ones is short. */
export const maxDials = 64;
/** New connections that may wait for a listener to take them; the kernel has a limit of its own. */
export const backlog = 4096;
/** Messages of one stream that wait for their reader before the socket is paused. */
export const maxWaiting = 16;
/** Idle sockets kept for one peer, and for how long: shorter than the server's keep-alive. */
export const poolSize = 64;
export const poolTtl = 60_000;
export const keepAlive = 65_000;
/** Calls under way to one peer, and answered by one listener. */
export const maxCalls = 1024;
/** Milliseconds without a message either way after which a stream counts as broken. */
export const streamIdle = 60_000;
/** Connections to one listener; one more is closed at once. */
export const maxConnections = 10_000;
