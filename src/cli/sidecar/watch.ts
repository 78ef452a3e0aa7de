import { pool } from "../../core/async/pool.js";
import { MicroError, unavailable } from "../../core/errors.js";
import type { Service } from "../../core/service.js";
import { parseJson, stringifyJson } from "../../core/text/json.js";
import { backOff } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";
import { Snapshot } from "../../registry/catalog/snapshot.js";
import type { Change, Registry, WatchOptions } from "../../registry/registry.js";
import { requireWatchable } from "../../registry/wire/errors.js";
import { versionKey } from "../../registry/wire/group-by-version.js";
import { parseService } from "../../registry/wire/parse.js";
import { openEvents, type SidecarEvents } from "./events.js";
import type { SidecarHttp } from "./http.js";

/** Polling interval in milliseconds for a sidecar that does not send changes. */
const interval = 2000;
const width = 16;
/** Back-off in milliseconds before reconnecting to a sidecar. */
const retry = { least: 100, most: 2000 };

/**
 * Yields changes: received as server-sent events, or by polling from an old sidecar. Once a sidecar has answered, its
 * outages are waited out.
 */
export async function* registryChanges(
  http: SidecarHttp,
  registry: Registry,
  options: WatchOptions,
): AsyncGenerator<Change> {
  try {
    yield* new SidecarWatch(http, registry, options).changes();
  } catch (error) {
    if (!options.signal?.aborted) throw error;
  }
}

class SidecarWatch {
  readonly #http: SidecarHttp;
  readonly #registry: Registry;
  readonly #options: WatchOptions;
  readonly #snapshot = new Snapshot();
  #isAway = false;

  constructor(http: SidecarHttp, registry: Registry, options: WatchOptions) {
    this.#http = http;
    this.#registry = registry;
    this.#options = options;
  }

  async *changes(): AsyncGenerator<Change> {
    if (this.#options.service !== undefined) requireWatchable(this.#options.service);
    let events = await this.#open();
    if (events === undefined) yield* await this.#read();
    else yield* this.#follow(events);
    for (let failures = 1; ; failures++) {
      await this.#pause(events === undefined ? interval : backOff(failures, retry));
      try {
        events &&= await this.#open();
        yield* await this.#read();
        this.#reach();
        failures = 0;
        if (events) yield* this.#follow(events);
      } catch (error) {
        this.#lost(error);
      } finally {
        // not iterated if the read failed
        events?.close();
      }
    }
  }

  /** Yields changes until the sidecar ends the events, or falls silent. */
  async *#follow(events: SidecarEvents): AsyncGenerator<Change> {
    try {
      for await (const { name, data } of events) {
        if (name === "reachable") this.#reach();
        else if (name === "unreachable") this.#reach(away("the registry behind the sidecar does not answer"));
        else yield* this.#apply(name, data);
      }
      this.#lost(away("the sidecar ended the watch"));
    } catch (error) {
      this.#lost(error);
    }
  }

  #apply(action: string, data: string): readonly Change[] {
    if (action !== "create" && action !== "update" && action !== "delete") return [];
    const { service: value } = parseJson(data) as Record<string, unknown>;
    const service = parseService(stringifyJson(value));
    const others = this.#snapshot
      .services(service.name)
      .filter((other) => versionKey(other) !== versionKey(service));
    return this.#snapshot.replace(service.name, action === "delete" ? others : [...others, service]);
  }

  /** Reads everything, and returns the changes since the last known state. */
  async #read(): Promise<readonly Change[]> {
    const { service, signal } = this.#options;
    const names =
      service === undefined
        ? (await this.#registry.listServices({ signal })).map(({ name }) => name)
        : [service];
    const gone = this.#snapshot.names().filter((name) => !names.includes(name));
    const read = await pool(names, width, (name) => this.#versions(name));
    const changes = names.flatMap((name, at) => this.#snapshot.replace(name, read[at] ?? []));
    return [...changes, ...gone.flatMap((name) => this.#snapshot.replace(name, []))];
  }

  async #versions(name: string): Promise<readonly Service[]> {
    try {
      return await this.#registry.getService(name, { signal: this.#options.signal });
    } catch (error) {
      if (MicroError.is(error) && error.code === 404) return [];
      throw error;
    }
  }

  #open(): Promise<SidecarEvents | undefined> {
    const { service, signal } = this.#options;
    const query = service === undefined ? "" : `?service=${encodeURIComponent(service)}`;
    return openEvents(this.#http, `/registry${query}`, signal);
  }

  /** Records an outage. @throws errors that waiting cannot cure: the sidecar refuses, or there is none. */
  #lost(error: unknown): void {
    this.#options.signal?.throwIfAborted();
    if (MicroError.is(error) && error.code < 500 && error.code !== 408) throw error;
    this.#reach(error);
  }

  #reach(error?: unknown): void {
    const isAway = error !== undefined;
    if (isAway !== this.#isAway) this.#options.onReach?.(error);
    this.#isAway = isAway;
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, { signal: this.#options.signal });
  }
}

function away(detail: string): MicroError {
  return unavailable("go.micro.client", detail, { reason: "SIDECAR_UNREACHABLE" });
}
