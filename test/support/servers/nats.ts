import { StoredServer } from "./stored-server.js";

export type NatsServer = StoredServer;

/** Starts a NATS server with JetStream. */
export function startNats(): Promise<NatsServer> {
  return StoredServer.start({
    command: "nats-server",
    args: (port, folder) => ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder],
    ready: /Server is ready/,
  });
}
