import type { TimelineEntry, TimelineKind } from "../../src/web/model.js";
import { ago, clock } from "../format.js";
import { useNow } from "../now.js";
import { ServiceLink } from "./service/service-label.js";

const words: Readonly<Record<TimelineKind, string>> = {
  "service-added": "appeared",
  "service-removed": "went away",
  "version-added": "has a new version",
  "version-removed": "lost a version",
  "node-added": "has a new node",
  "node-removed": "lost a node",
  "node-failing": "has a failing node",
  "node-recovered": "has a node back",
  "registry-lost": "The registry stopped answering",
  "registry-found": "The registry answers again",
};

const tones: Readonly<Record<TimelineKind, string>> = {
  "service-added": "good",
  "service-removed": "bad",
  "version-added": "good",
  "version-removed": "plain",
  "node-added": "good",
  "node-removed": "plain",
  "node-failing": "bad",
  "node-recovered": "good",
  "registry-lost": "bad",
  "registry-found": "good",
};

/** What changed, the newest first. */
export function Timeline({
  entries,
  times = "ago",
}: {
  entries: readonly TimelineEntry[];
  times?: "ago" | "clock";
}) {
  const now = useNow();
  return (
    <ol class="timeline">
      {entries.map((entry) => (
        <li key={entry.id} class={tones[entry.kind]}>
          <span class="bead" aria-hidden="true" />
          <div>
            {entry.service !== "" && <ServiceLink name={entry.service} />} {words[entry.kind]}
            <Where entry={entry} />
          </div>
          <time dateTime={new Date(entry.time).toISOString()} title={new Date(entry.time).toLocaleString()}>
            {times === "ago" ? ago(entry.time, now) : clock(entry.time)}
          </time>
        </li>
      ))}
    </ol>
  );
}

function Where({ entry }: { entry: TimelineEntry }) {
  const parts = [entry.version, entry.node, entry.address].filter(
    (part) => part !== undefined && part !== "",
  );
  if (parts.length === 0) return null;
  return <small class="where">{parts.join(" · ")}</small>;
}
