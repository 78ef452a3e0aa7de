import type { FastifyReply } from "fastify";
import { EventStream } from "../../http/stream/event-stream.js";
import type { Registry } from "../../registry/registry.js";
import { requireWatchable } from "../../registry/wire/errors.js";
import { formatService } from "../../registry/wire/format.js";

/**
 * Sends what is registered as `create`, then each change; `unreachable` and `reachable` when the registry stops
 * answering and answers again.
 */
export async function watchRegistry(
  reply: FastifyReply,
  { registry, stopping }: { readonly registry: Registry; readonly stopping: AbortSignal },
  service: string | undefined,
): Promise<void> {
  if (service) requireWatchable(service);
  const events = EventStream.replyTo(reply);
  const signal = AbortSignal.any([events.signal, stopping]);
  const onReach = (error?: unknown) => void events.send(error ? "unreachable" : "reachable", "{}");
  try {
    for await (const { action, service: changed } of registry.watch({
      signal,
      onReach,
      ...(service && { service }),
    }))
      events.send(action, JSON.stringify({ action, service: formatService(changed) }));
  } finally {
    events.end();
  }
}
