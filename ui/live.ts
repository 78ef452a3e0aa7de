import type {
  Access,
  App,
  Edge,
  LiveEvents,
  Overview,
  Rates,
  RegistryState,
  ServiceRates,
  ServiceSummary,
  TimelineEntry,
} from "../src/web/model.js";
import { getJson } from "./api.js";
import { createStore } from "./store.js";

/** All that the dashboard knows without asking, kept by the server's live feed. */
export interface Live {
  readonly phase: "loading" | "live" | "lost";
  readonly registry: RegistryState;
  readonly access: Access;
  readonly services: ReadonlyMap<string, ServiceSummary>;
  readonly apps: readonly App[];
  readonly timeline: readonly TimelineEntry[];
  readonly rates: ReadonlyMap<string, ServiceRates>;
  readonly edges: readonly Edge[];
  /** By service, the oldest first: what the small charts draw. */
  readonly history: ReadonlyMap<string, readonly Sample[]>;
}

/** Rates at a time in milliseconds. */
export interface Sample extends ServiceRates {
  readonly time: number;
}

const maxTimeline = 500;
const maxSamples = 150;
const maxBackOff = 5_000;

export const live = createStore<Live>({
  phase: "loading",
  registry: { name: "", staleSince: null, loaded: false },
  access: { admin: false, login: false },
  services: new Map(),
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
    services: new Map(data.services.map((service) => [service.name, service])),
    apps: data.apps,
    timeline: data.timeline,
    ...withRates(state, data.rates),
  };
}

function changed(state: Live, { changed, removed }: LiveEvents["services"]): Pick<Live, "services"> {
  const services = new Map(state.services);
  for (const service of changed) services.set(service.name, service);
  for (const name of removed) services.delete(name);
  return { services };
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

/** Opens the live feed, and opens it again whenever it breaks. */
export function follow(backOff = 250): void {
  const source = new EventSource("/events");
  for (const name of Object.keys(reactions) as (keyof LiveEvents)[])
    source.addEventListener(name, (event) => {
      reactions[name](JSON.parse((event as MessageEvent<string>).data));
      backOff = 250;
    });
  source.onerror = () => {
    source.close();
    live.update((state) => ({ ...state, phase: state.phase === "loading" ? "loading" : "lost" }));
    void askAgain(Math.min(backOff * 2, maxBackOff));
  };
}

/** A closed feed does not say why: the plain page does, and sends to the login where a session ended. */
async function askAgain(backOff: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, backOff));
  await getJson("/events").catch(() => undefined);
  if (location.pathname !== "/login") follow(backOff);
}
