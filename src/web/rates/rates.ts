import type { Client } from "../../client/client.js";
import { pool } from "../../core/async/pool.js";
import type { Closeable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import { sleep } from "../../core/time/clock.js";
import type { CallEdge, Rates, ServiceRates } from "../model.js";
import type { RegistryView } from "../registry/registry-view.js";
import { readCalls } from "./calls-report.js";
import { type NodeRates, p99, RateWindow } from "./rate-window.js";

/** Milliseconds between rounds, and for one call. */
const every = 2_000;
const callTimeout = 1_000;
/** Milliseconds for which a node without the method is skipped. */
const muteFor = 60_000;
/** Nodes polled per round, and at the same time. */
const perRound = 200;
const atOnce = 16;
/** Milliseconds after which a report is stale. Longer if it takes longer to poll all nodes. */
const fresh = 15_000;
const maxEdges = 2_000;

interface Known {
  readonly service: string;
  readonly window: RateWindow;
  askAfter: number;
}

/** Polls nodes of this toolkit for their call counts while there are viewers, and computes rates. */
export class RatesPoller implements Closeable {
  readonly #view: RegistryView;
  readonly #client: Client;
  readonly #nodes = new Map<string, Known>();
  readonly #closed = new AbortController();
  readonly #ended: Promise<void>;
  readonly #wanted: () => boolean;
  readonly #publish: (rates: Rates) => void;
  readonly #isApp: (service: string) => boolean;
  #next = 0;
  latest: Rates = { time: 0, services: [], edges: [] };

  constructor(parts: RatesParts) {
    this.#view = parts.view;
    this.#client = parts.client;
    this.#wanted = parts.wanted;
    this.#publish = parts.publish;
    this.#isApp = parts.isApp;
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      if (this.#wanted()) await this.#round(signal);
      await sleep(every, { signal }).catch(() => {});
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const all = this.#refresh();
    const start = all.length > perRound ? this.#next % all.length : 0;
    this.#next = start + perRound;
    const queue = [...all.slice(start), ...all.slice(0, start)].slice(0, perRound);
    await pool(queue, atOnce, async ([node, known]) => signal.aborted || (await this.#ask(node, known)));
    if (signal.aborted) return;
    this.latest = this.#sum();
    this.#publish(this.latest);
  }

  /** Updates the list of nodes. Returns those to poll. */
  #refresh(): [id: string, known: Known][] {
    const present = new Set<string>();
    for (const service of this.#view.names().filter((name) => !this.#isApp(name)))
      for (const { nodes } of this.#view.services(service))
        for (const { id, metadata, status } of nodes) {
          if (metadata.server !== "micro" || status === "critical") continue;
          present.add(id);
          if (!this.#nodes.has(id)) this.#nodes.set(id, { service, window: new RateWindow(), askAfter: 0 });
        }
    for (const id of this.#nodes.keys()) if (!present.has(id)) this.#nodes.delete(id);
    const now = performance.now();
    return [...this.#nodes].filter(([, { askAfter }]) => askAfter <= now);
  }

  async #ask(node: string, known: Known): Promise<void> {
    try {
      const options = { node, timeout: callTimeout, retries: 0, signal: this.#closed.signal };
      const report = await this.#client.call(known.service, "Debug.Calls", {}, options);
      known.window.add(readCalls(report), performance.now());
    } catch (error) {
      const unknown = MicroError.is(error) && error.code !== 408 && error.code !== 503;
      if (unknown) known.askAfter = performance.now() + muteFor;
    }
  }

  #sum(): Rates {
    const cycle = (this.#nodes.size / perRound) * every;
    const since = performance.now() - Math.max(fresh, 2.5 * cycle);
    const byService = new Map<string, NodeRates[]>();
    for (const { service, window } of this.#nodes.values()) {
      if (window.rates === undefined || window.rates.at < since) continue;
      const known = byService.get(service) ?? [];
      known.push(window.rates);
      byService.set(service, known);
    }
    const services = [...byService].flatMap(([name, nodes]) => {
      const known = nodes.filter(({ first }) => !first);
      return known.length === 0 ? [] : [serviceRates(name, known)];
    });
    const edges = [...byService].flatMap(([to, nodes]) => edgesTo(to, nodes));
    return { time: Date.now(), services, edges: edges.slice(0, maxEdges) };
  }
}

export interface RatesParts {
  readonly view: RegistryView;
  readonly client: Client;
  /** True while there are viewers. */
  readonly wanted: () => boolean;
  readonly publish: (rates: Rates) => void;
  /** True for a web app, whose nodes serve plain HTTP and no RPC. */
  readonly isApp: (service: string) => boolean;
}

function serviceRates(name: string, nodes: readonly NodeRates[]): ServiceRates {
  return {
    name,
    rate: nodes.reduce((sum, { rate }) => sum + rate, 0),
    errors: nodes.reduce((sum, { errors }) => sum + errors, 0),
    p99: p99(nodes.map(({ latency }) => latency)),
  };
}

function edgesTo(to: string, nodes: readonly NodeRates[]): readonly CallEdge[] {
  const edges = new Map<string, { rate: number; calls: number }>();
  for (const { callers } of nodes)
    for (const [from, { rate, calls }] of callers) {
      const known = edges.get(from) ?? { rate: 0, calls: 0 };
      edges.set(from, { rate: known.rate + rate, calls: known.calls + calls });
    }
  return [...edges].map(([from, sums]) => ({ from, to, ...sums }));
}
