import { createHash } from "node:crypto";
import type { Closeable } from "../../core/closeable.js";
import { badRequest } from "../../core/errors.js";
import type { Log } from "../../core/log/log.js";
import { isName } from "../../core/name.js";
import { parseAddress } from "../../core/net/address.js";
import type { Service } from "../../core/service.js";
import { spread } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";
import { withMachineId } from "../../registry/machine.js";
import type { Registry } from "../../registry/registry.js";
import { type AppOptions, sidecarId } from "../options.js";
import { checkHealth, type HealthCheckResult, isHealthy } from "./health-check.js";
import { AppMembership } from "./membership.js";

/** Milliseconds between health checks of an application that has never been healthy: it may still be starting. */
const startupInterval = 500;

/** Keeps the sidecar's application registered while it is healthy, and deregistered while it is not. */
export class AppSupervisor implements Closeable {
  readonly #options: AppOptions;
  readonly #membership: AppMembership;
  readonly #closed = new AbortController();
  readonly #watching: Promise<void>;
  #checking: Promise<HealthCheckResult> | undefined;

  /** @throws {MicroError} 400 for an invalid name, address or URL. */
  constructor(registry: Registry, options: AppOptions, log: Log) {
    this.#options = options;
    checkName(options.name);
    this.#membership = new AppMembership(registry, serviceOf(options), options.ttl ?? 30_000, log);
    checkUrl(options.healthcheckUrl);
    this.#watching = options.healthcheckUrl ? this.#watch() : this.#trust();
  }

  get name(): string {
    return this.#options.name;
  }

  /** True if it is registered, or will be as soon as the registry answers. */
  get registered(): boolean {
    return this.#membership.joined;
  }

  /** Checks the health of the application now. Concurrent callers share the result. */
  check(): Promise<HealthCheckResult> {
    const { healthcheckUrl: url, timeout = 2000, token } = this.#options;
    if (!url) return Promise.resolve({ status: 200 });
    this.#checking ??= checkHealth(url, timeout, token).finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watching;
    await this.#membership.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #trust(): Promise<void> {
    this.#membership.join();
  }

  /** Checks the application again and again, one check at a time. */
  async #watch(): Promise<void> {
    const { interval = 10_000, failures = 3, successes = 2 } = this.#options;
    let [row, known] = [0, false];
    while (!this.#closed.signal.aborted) {
      const healthy = isHealthy(await this.check());
      row = healthy === this.registered ? 0 : row + 1;
      if (healthy && !this.registered && (!known || row >= successes)) this.#membership.join();
      if (!healthy && this.registered && row >= failures) await this.#membership.leave();
      known ||= healthy;
      await this.#pause(known ? interval : Math.min(interval, startupInterval));
    }
  }

  /** Waits with ± 20 % of jitter, so that many sidecars do not check at the same time. */
  async #pause(time: number): Promise<void> {
    const { signal } = this.#closed;
    await sleep(spread(time), { signal }).catch(() => undefined);
  }
}

function serviceOf({ name, address }: AppOptions): Service {
  const { host, port } = parseAddress(address);
  const node = { id: `${name}-${idOf(`${name} ${address}`)}`, address: host, port, metadata: {} };
  return { name, version: "", metadata: {}, endpoints: [], nodes: [withMachineId(node)] };
}

/** A stable id in the form of a UUID, so that after a crash the old entry is taken over. */
function idOf(place: string): string {
  const digest = createHash("sha256").update(place).digest("hex");
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}

function checkName(name: string): void {
  if (isName(name)) return;
  const detail = `application name ${JSON.stringify(name)}: not empty, no path such as "../x", no control characters`;
  throw badRequest(sidecarId, detail, { reason: "BAD_FLAG_VALUE" });
}

function checkUrl(url: string | undefined): void {
  if (!url || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return;
  throw badRequest(sidecarId, `health check URL "${url}": not http or https`, { reason: "BAD_FLAG_VALUE" });
}
