import { ConsulClient } from "./client/client.js";
import type { ConsulSettings } from "./client/consul-settings.js";
import { ServiceWatches } from "./watch/service-watches.js";

/** The way to the agents of some settings: connections, and what is followed over them. */
export interface Agents {
  readonly client: ConsulClient;
  readonly watches: ServiceWatches;
  close(): void;
}

/** A way of its own. */
export function ownAgents(settings: ConsulSettings): Agents {
  const client = new ConsulClient(settings);
  return { client, watches: new ServiceWatches(client), close: () => client.close() };
}

const shared = new Map<string, Agents>();

/**
 * The one way to agents that all users of the same settings in this process have, closed with the last of them: Consul
 * counts the connections of a host, however many services run in a process.
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
