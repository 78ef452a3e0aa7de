import { setTimeout as delay } from "node:timers/promises";
import type { Service } from "../../core/service.js";
import type { Change, Registry } from "../../registry/registry.js";

/** Milliseconds before a watch that ended is begun again. */
const pause = 1000;

export interface PresenceOptions {
  readonly signal: AbortSignal;
  /** The entry is there, as a watcher sees it. */
  readonly seen: () => void;
  /** The entry may be missing: it went, or the registry was away. */
  readonly doubted: () => void;
}

/** Watches whether the one node of `service` is in the registry, until the signal aborts. */
export async function watchPresence(
  registry: Registry,
  service: Service,
  { signal, seen, doubted }: PresenceOptions,
): Promise<void> {
  let away = false;
  const onReach = (error?: unknown) => {
    if (away && error === undefined) doubted();
    away = error !== undefined;
  };
  while (!signal.aborted) {
    try {
      for await (const change of registry.watch({ service: service.name, unhealthy: true, signal, onReach }))
        if (change.service.version === service.version) (has(change, service) ? seen : doubted)();
    } catch (error) {
      onReach(error);
    }
    await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

function has({ action, service: { nodes } }: Change, service: Service): boolean {
  return action !== "delete" && nodes.some(({ id }) => id === service.nodes[0]?.id);
}
