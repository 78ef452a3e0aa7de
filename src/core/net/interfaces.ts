import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** Milliseconds between two looks: nothing tells Node that an interface came or went. */
const period = 1000;

type Look = (changed: boolean) => void;

const looks = new Set<Look>();
let timer: NodeJS.Timeout | undefined;
let before: string | undefined;

/** The addresses of this machine; undefined when it does not tell: some sandboxes forbid to ask, or files ran out. */
export function ownInterfaces(): readonly NetworkInterfaceInfo[] | undefined {
  try {
    return Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  } catch {
    return undefined;
  }
}

/**
 * Calls `look` every second, and says whether this machine has other addresses than before, until the function returned
 * is called. One timer serves a process, and keeps none alive.
 */
export function watchInterfaces(look: Look): () => void {
  if (looks.size === 0) {
    before = addresses();
    timer = setInterval(lookAgain, period).unref();
  }
  looks.add(look);
  return () => {
    looks.delete(look);
    if (looks.size === 0) clearInterval(timer);
  };
}

function lookAgain(): void {
  const now = addresses();
  const changed = now !== undefined && now !== before;
  if (changed) before = now;
  for (const look of [...looks]) look(changed);
}

function addresses(): string | undefined {
  return ownInterfaces()
    ?.map(({ address }) => address)
    .join();
}
