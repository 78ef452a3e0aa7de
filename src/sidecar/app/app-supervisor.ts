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
import { isWell, type Look, look } from "./health-check.js";
import { AppMembership } from "./membership.js";

/** Milliseconds between looks at an application that was never well: it may still be starting. */
const whileStarting = 500;

/** The application beside the sidecar: registered while it is well, out of the registry while it is not. */
export class AppSupervisor implements Closeable {
  readonly #options: AppOptions;
  readonly #membership: AppMembership;
  readonly #closed = new AbortController();
  readonly #watching: Promise<void>;
  #asked: Promise<Look> | undefined;

  /** @throws {MicroError} 400 for a name that no registry takes, and an address or a URL that is none. */
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

  /** Whether it is in the registry, or will be as soon as that answers. */
  get registered(): boolean {
    return this.#membership.joined;
  }

  /** Asks the application now; callers at one time share the answer. */
  look(): Promise<Look> {
    const { healthcheckUrl: url, timeout = 2000, token } = this.#options;
    if (!url) return Promise.resolve({ status: 200 });
    this.#asked ??= look(url, timeout, token).finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
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

  /** One look after the other, never two at once. */
  async #watch(): Promise<void> {
    const { interval = 10_000, failures = 3, successes = 2 } = this.#options;
    let [row, known] = [0, false];
    while (!this.#closed.signal.aborted) {
      const well = isWell(await this.look());
      row = well === this.registered ? 0 : row + 1;
      if (well && !this.registered && (!known || row >= successes)) this.#membership.join();
      if (!well && this.registered && row >= failures) await this.#membership.leave();
      known ||= well;
      await this.#pause(known ? interval : Math.min(interval, whileStarting));
    }
  }

  /** ± 20 %, so that many sidecars do not look at the same time. */
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

/** In the form of a UUID, and the same after a crash: the entry that was left behind is taken over. */
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
