import { useMemo } from "preact/hooks";
import { Command } from "../components/copy.js";
import { Filter } from "../components/filter.js";
import { Empty, PageHead } from "../components/page.js";
import { Timeline } from "../components/timeline.js";
import { type Live, live } from "../live.js";
import { setParams, usePlace } from "../router.js";
import { useStore } from "../store.js";

const pickTimeline = (state: Live) => state.timeline;

/** The registry's timeline. */
export function EventsPage() {
  const timeline = useStore(live, pickTimeline);
  const query = usePlace().params.get("q") ?? "";
  const shown = useMemo(() => {
    const wanted = query.toLowerCase();
    return timeline.filter(({ service, kind, node = "", version = "" }) =>
      `${service} ${kind} ${node} ${version}`.toLowerCase().includes(wanted),
    );
  }, [timeline, query]);
  return (
    <>
      <PageHead title="Events" about="What the registry told since this dashboard started, as it happens.">
        <Filter value={query} onInput={(q) => setParams({ q })} label="Filter events" />
      </PageHead>
      {shown.length === 0 ? (
        <Empty title={timeline.length === 0 ? "Nothing changed yet" : "No event matches"}>
          Services that come and go, new versions, and nodes that fail their check appear here.
        </Empty>
      ) : (
        <section class="card">
          <Timeline entries={shown} times="clock" />
        </section>
      )}
      <Command text="micro watch" />
    </>
  );
}
