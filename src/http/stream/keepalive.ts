/**
 * Milliseconds between two pings of every WebSocket, and between two comments of every event stream, which keep proxies
 * and idle limits from cutting a quiet one. A WebSocket that misses two pings is closed, within half a minute.
 */
export const pingInterval = 9_000;
