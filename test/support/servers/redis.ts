import { StoredServer } from "./stored-server.js";

export type RedisServer = StoredServer;

/** Starts a Redis server that stores each write at once. */
export function startRedis(): Promise<RedisServer> {
  return StoredServer.start({
    command: "redis-server",
    args: (port, folder) => [
      ...["--bind", "127.0.0.1", "--port", String(port), "--dir", folder],
      ...["--appendonly", "yes", "--appendfsync", "always", "--save", ""],
    ],
    ready: /Ready to accept connections/,
  });
}
