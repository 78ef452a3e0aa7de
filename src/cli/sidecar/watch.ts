import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { MicroError } from "../../core/errors.js";
import { parseJson, stringifyJson } from "../../core/json.js";
import type { Service } from "../../core/service.js";
import { parseService } from "../../registry/parse.js";
import type { Change, Registry, WatchOptions } from "../../registry/registry.js";
import { pool } from "../pool.js";
import type { SidecarHttp } from "./http.js";

/** Milliseconds between two looks at a sidecar that cannot tell changes by itself. */
const interval = 2000;
const width = 16;

/** Changes as server-sent events; of an old sidecar by looking again and again. */
export async function* registryChanges(
  http: SidecarHttp,
  registry: Registry,
  options: WatchOptions,
): AsyncGenerator<Change> {
  const query = options.service === undefined ? "" : `?service=${encodeURIComponent(options.service)}`;
  try {
    const answer = await http.open({
      method: "GET",
      path: `/registry${query}`,
      header: { accept: "text/event-stream" },
      signal: options.signal,
    });
    if (/^text\/event-stream/.test(answer.headers["content-type"] ?? "")) {
      const lines = createInterface({ input: answer });
      try {
        for await (const line of lines) {
          const change = line.startsWith("data:") ? parseChange(line.slice(5)) : undefined;
          if (change) yield change;
        }
      } finally {
        // who has seen enough closes the connection, which is then no failure
        lines.on("error", () => undefined);
        answer.destroy();
      }
      return;
    }
    answer.resume();
    yield* comparing(registry, options);
  } catch (error) {
    if (!options.signal?.aborted) throw error;
  }
}

function parseChange(text: string): Change | undefined {
  const { action, service } = parseJson(text) as Record<string, unknown>;
  if (action !== "create" && action !== "update" && action !== "delete") return undefined;
  return { action, service: parseService(stringifyJson(service)) };
}

async function* comparing(registry: Registry, { service, signal }: WatchOptions): AsyncGenerator<Change> {
  let before = new Map<string, Service>();
  for (;;) {
    const now = await everything(registry, service, signal);
    for (const [key, each] of now) {
      const known = before.get(key);
      if (!known) yield { action: "create", service: each };
      else if (stringifyJson(known) !== stringifyJson(each)) yield { action: "update", service: each };
    }
    for (const [key, each] of before) if (!now.has(key)) yield { action: "delete", service: each };
    before = now;
    await sleep(interval, undefined, { signal });
  }
}

async function everything(
  registry: Registry,
  only: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Map<string, Service>> {
  const names =
    only === undefined ? (await registry.listServices({ signal })).map(({ name }) => name) : [only];
  const versions = await pool(names, width, async (name) => {
    try {
      return await registry.getService(name, { signal });
    } catch (error) {
      if (MicroError.is(error) && error.code === 404) return [];
      throw error;
    }
  });
  return new Map(versions.flat().map((service) => [`${service.name}\n${service.version}`, service]));
}
