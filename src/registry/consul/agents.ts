import { ConsulClient } from "./client/client.js";
import type { ConsulSettings } from "./client/consul-settings.js";
import { ServiceWatches } from "./watch/service-watches.js";

/** Access to Consul agents: the client, and the watches that share its connections. */
export interface Agents {
  readonly client: ConsulClient;
  readonly watches: ServiceWatches;
  close(): void;
}

/** Opens an access that is not shared. */
export function ownAgents(settings: ConsulSettings): Agents {
  const client = new ConsulClient(settings);
  return { client, watches: new ServiceWatches(client), close: () => client.close() };
}

const shared = new Map<string, Agents>();

/**
 * Opens an access that all users of the same settings in this process share. It is closed with the last user. Consul
 * limits the connections per host, however many services a process runs.
 */
export function sharedAgents(settings: ConsulSettings): Agents {
  const key = JSON.stringify(settings);
  const agents = shared.get(key) ?? ownAgents(settings);
  const { client, watches } = agents;
  shared.set(key, agents);
  client.users += 1;
  return {
    client,
    watches,
    close() {
      client.users -= 1;
      if (client.users > 0) return;
      shared.delete(key);
      agents.close();
    },
  };
}
