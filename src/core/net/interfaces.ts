import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** Milliseconds between two checks. Node has no event for an interface that comes or goes. */
const period = 1000;

type Listener = (changed: boolean) => void;

const listeners = new Set<Listener>();
let timer: NodeJS.Timeout | undefined;
let before: string | undefined;

/**
 * Returns the addresses of this machine. Undefined if they cannot be read, as in some sandboxes or without free file
 * descriptors.
 */
export function ownInterfaces(): readonly NetworkInterfaceInfo[] | undefined {
  try {
    return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  } catch {
    return undefined;
  }
}

/**
 * Calls `listener` every second with whether the addresses of this machine have changed. The returned function stops
 * it. All listeners share one timer, which does not keep the process alive.
 */
export function watchInterfaces(listener: Listener): () => void {
  if (listeners.size === 0) {
    before = addresses();
    timer = setInterval(checkAgain, period).unref();
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

function checkAgain(): void {
  const now = addresses();
  const changed = now !== undefined && now !== before;
  if (changed) before = now;
  for (const listener of [...listeners]) listener(changed);
}

function addresses(): string | undefined {
  return ownInterfaces()
    ?.map(({ address }) => address)
    .join();
}
