import { randomUUID } from "node:crypto";
import type { Service } from "../../core/service.js";
import type { Change, Registry } from "../../registry/registry.js";

/** Reads a service, without the status that the registry adds to nodes. */
export async function read(registry: Registry, name: string): Promise<Service[]> {
  return (await registry.getService(name)).map(plain);
}

export function plain(service: Service): Service {
  const nodes = service.nodes.map(({ status: _, ...node }) => node);
  return { ...service, nodes };
}

/** Builds the state of services from the changes of a watch. */
export function follow(changes: AsyncIterable<Change>): {
  known(): Service[];
  readonly ended: Promise<void>;
} {
  const known = new Map<string, Service>();
  const ended = (async () => {
    for await (const { action, service } of changes) {
      const key = `${service.name}\n${service.version}`;
      if (action === "delete") known.delete(key);
      else known.set(key, plain(service));
    }
  })();
  return { known: () => [...known.values()], ended };
}

let made = 0;

export function uniqueName(): string {
  return `suite.srv.s${++made}-${randomUUID().slice(0, 8)}`;
}

export function example(
  options: { name?: string; version?: string; nodes?: number; metadata?: Record<string, string> } = {},
): Service {
  const {
    name = uniqueName(),
    version = "1.0.0",
    nodes = 1,
    metadata = { server: "micro", zone: "a" },
  } = options;
  const field = { name: "Name", type: "string", values: [] };
  const request = { name: "Request", type: "Request", values: [field] };
  return {
    name,
    version,
    metadata: {},
    endpoints: [{ name: "Say.Hello", request, response: null, metadata: { stream: "false" } }],
    nodes: Array.from({ length: nodes }, (_, n) => ({
      id: `${name}-${version}-${n}`,
      address: "127.0.0.1",
      port: 20_000 + n,
      metadata,
    })),
  };
}
