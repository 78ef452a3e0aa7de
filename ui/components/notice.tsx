import { age } from "../format.js";
import { type Live, live } from "../live.js";
import { useNow } from "../now.js";
import { useStore } from "../store.js";

const pickPhase = (state: Live) => state.phase;
const pickUnverified = (state: Live) => state.access.unverified;
const pickRegistry = (state: Live) => state.registry;

/** Says across the page that what it shows may be old. */
export function Notice() {
  const phase = useStore(live, pickPhase);
  const registry = useStore(live, pickRegistry);
  const unverified = useStore(live, pickUnverified);
  const now = useNow();
  if (phase === "lost")
    return (
      <aside class="notice" aria-label="Notice" aria-live="polite">
        <strong>The dashboard's server does not answer.</strong> What you see is the last known state; this
        page reconnects by itself.
      </aside>
    );
  if (unverified && registry.staleSince === null)
    return (
      <aside class="notice danger" aria-label="Notice">
        <strong>Certificates of services are not checked</strong> (<code>--tls_insecure</code>): anybody may
        answer in their place.
      </aside>
    );
  if (registry.staleSince === null || !registry.loaded) return null;
  return (
    <aside class="notice" aria-label="Notice" aria-live="polite">
      <strong>The {registry.name} registry has not answered</strong> for {age(now - registry.staleSince)}.{" "}
      What you see is the last known state.
    </aside>
  );
}
