import type { Live } from "../live.js";
import { Empty, Loading, PageHead } from "./parts.js";

/** True until there is a first state to show. */
export function isUnloaded({ phase, registry }: Live): boolean {
  return phase === "loading" || !registry.loaded;
}

/** What stands for a page until then: it is on its way, or there is no registry to ask. */
export function Unloaded({ state, lines }: { state: Live; lines: number }) {
  if (state.registry.staleSince === null) return <Loading lines={lines} />;
  return (
    <>
      <PageHead title="No registry yet" about="Everything appears by itself as soon as one answers." />
      <Empty title={`The ${state.registry.name} registry does not answer`} command="micro agent">
        Start one: this is the embedded one, for one machine.
      </Empty>
    </>
  );
}
