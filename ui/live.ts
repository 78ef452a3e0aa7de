import type {
  Access,
  App,
  CallEdge,
  LiveEvents,
  Overview,
  Rates,
  RegistryState,
  ServiceRates,
  ServiceSummary,
  TimelineEntry,
} from "../src/web/model.js";
import { followFeed } from "./feed.js";
import { createStore } from "./store.js";

/** All that the dashboard knows without asking, kept by the server's live feed. */
export interface Live {
  readonly phase: "loading" | "live" | "lost";
  readonly registry: RegistryState;
  readonly access: Access;
  readonly services: ReadonlyMap<string, ServiceSummary>;
  /** Nodes that subscribe, by topic: the http broker registers each topic as a service of its own. */
  readonly topics: ReadonlyMap<string, number>;
  readonly apps: readonly App[];
  readonly timeline: readonly TimelineEntry[];
  readonly rates: ReadonlyMap<string, ServiceRates>;
  readonly edges: readonly CallEdge[];
  /** By service, the oldest first: what the small charts draw. */
  readonly history: ReadonlyMap<string, readonly Sample[]>;
}

/** Rates at a time in milliseconds. */
export interface Sample extends ServiceRates {
  readonly time: number;
}

const topicPrefix = "topic:";
const maxTimeline = 500;
const maxSamples = 150;

export const live = createStore<Live>({
  phase: "loading",
  registry: { name: "", staleSince: null, loaded: false },
  access: { admin: false, login: false, unverified: false },
  services: new Map(),
  topics: new Map(),
  apps: [],
  timeline: [],
  rates: new Map(),
  edges: [],
  history: new Map(),
});

type Reactions = { readonly [Name in keyof LiveEvents]: (data: LiveEvents[Name]) => void };

const reactions: Reactions = {
  overview: (data) => live.update((state) => overview(state, data)),
  services: (data) => live.update((state) => ({ ...state, ...changed(state, data), apps: data.apps })),
  timeline: (entries) =>
    live.update((state) => ({ ...state, timeline: [...entries, ...state.timeline].slice(0, maxTimeline) })),
  rates: (data) => live.update((state) => ({ ...state, ...withRates(state, data) })),
  registry: (registry) => live.update((state) => ({ ...state, registry })),
};

function overview(state: Live, data: Overview): Live {
  return {
    ...state,
    phase: "live",
    registry: data.registry,
    access: data.access,
    ...sorted(new Map(data.services.map((service) => [service.name, service])), new Map()),
    apps: data.apps,
    timeline: data.timeline,
    ...withRates(state, data.rates),
  };
}

function changed(
  state: Live,
  { changed, removed }: LiveEvents["services"],
): Pick<Live, "services" | "topics"> {
  const services = new Map(state.services);
  const topics = new Map(state.topics);
  for (const service of changed) services.set(service.name, service);
  for (const name of removed) {
    services.delete(name);
    topics.delete(name.slice(topicPrefix.length));
  }
  return sorted(services, topics);
}

/** Services proper apart from those that stand for a topic. */
function sorted(services: Map<string, ServiceSummary>, topics: Map<string, number>) {
  for (const { name, nodes } of services.values()) {
    if (!name.startsWith(topicPrefix)) continue;
    topics.set(name.slice(topicPrefix.length), nodes);
    services.delete(name);
  }
  return { services, topics };
}

function withRates(state: Live, { time, services, edges }: Rates): Pick<Live, "rates" | "edges" | "history"> {
  const history = new Map(state.history);
  for (const rates of services) {
    const samples = history.get(rates.name) ?? [];
    if (samples.at(-1)?.time !== time)
      history.set(rates.name, [...samples, { ...rates, time }].slice(-maxSamples));
  }
  return { rates: new Map(services.map((rates) => [rates.name, rates])), edges, history };
}

/** Follows the server's live feed from now on. */
export function follow(): void {
  followFeed("/events", reactions, () =>
    live.update((state) => ({ ...state, phase: state.phase === "loading" ? "loading" : "lost" })),
  );
}
