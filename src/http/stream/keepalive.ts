/**
 * Milliseconds between pings on every WebSocket, and between comments on every event stream. They keep proxies and idle
 * timeouts from closing quiet connections. A WebSocket that misses two pings is closed, within half a minute.
 */
export const pingInterval = 9_000;
