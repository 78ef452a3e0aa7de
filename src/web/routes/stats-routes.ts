import { monitorEventLoopDelay } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";
import { MicroError } from "../../core/errors.js";
import { speaksHttp } from "../../core/node-protocol.js";
import type { Service } from "../../core/service.js";
import { readDebugStats } from "../../service/debug-stats.js";
import { id, type WebContext } from "../context.js";
import type { NodeStats, SelfStats } from "../model.js";
import { pageRoute } from "../pages/pages.js";
import { textOf } from "./url-query.js";

/** Maximum nodes to query, and milliseconds for each. */
const maxNodes = 100;
const timeout = 2_000;

/** `/stats`: statistics of this process, or `Debug.Stats` of each node of a service. */
export async function statsRoutes(app: FastifyInstance, parts: WebContext): Promise<void> {
  const self = new Self(app, parts);
  app.addHook("onClose", async () => self.close());
  pageRoute(app, parts.assets, "/stats", {
    json: async (request) => {
      const service = textOf(request, "service");
      return service === "" ? self.read() : nodeStats(parts, service);
    },
  });
}

/** Statistics of this process. */
class Self {
  readonly #parts: WebContext;
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });
  readonly #started = Date.now() - process.uptime() * 1_000;
  #requests = 0;
  #cpu = process.cpuUsage();
  #readAt = performance.now();

  constructor(app: FastifyInstance, parts: WebContext) {
    this.#parts = parts;
    this.#delay.enable();
    app.addHook("onResponse", (_, __, done) => {
      this.#requests++;
      done();
    });
  }

  read(): SelfStats {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      started: this.#started,
      memory: rss,
      heap: heapUsed,
      cpu: this.#cpuSince(),
      eventLoopDelay: Math.max(0, this.#delay.percentile(99) / 1e6 - 20),
      requests: this.#requests,
      viewers: this.#parts.viewers.size,
    };
  }

  close(): void {
    this.#delay.disable();
  }

  /** CPU usage since the last call, in per cent of one core. */
  #cpuSince(): number {
    const now = performance.now();
    const used = process.cpuUsage(this.#cpu);
    const share = (used.user + used.system) / 10 / Math.max(1, now - this.#readAt);
    this.#cpu = process.cpuUsage();
    this.#readAt = now;
    this.#delay.reset();
    return share;
  }
}

async function nodeStats({ view, service: self }: WebContext, name: string): Promise<readonly NodeStats[]> {
  const all = view.services(name).flatMap((service) => service.nodes.map((node) => ({ service, node })));
  const ask = async ({ service, node }: (typeof all)[number]): Promise<NodeStats> => {
    if (speaksHttp(service, node))
      return { ...about(service, node.id), stats: null, error: "speaks plain HTTP: it has no figures" };
    try {
      const options = { node: node.id, timeout, retries: 0 };
      const stats = readDebugStats(await self.client.call(name, "Debug.Stats", {}, options));
      return { ...about(service, node.id), stats, error: null };
    } catch (error) {
      return { ...about(service, node.id), stats: null, error: MicroError.from(error, id).detail };
    }
  };
  return Promise.all(all.slice(0, maxNodes).map(ask));
}

function about({ version }: Service, node: string): { node: string; version: string } {
  return { node, version };
}
