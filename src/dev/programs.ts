import { type AgentOptions, agent } from "../agent/index.js";
import { api } from "../api/index.js";
import type { ApiOptions } from "../api/options.js";
import { MicroError } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import { formatAddress, parseAddress } from "../core/net/address.js";
import type { HttpServer } from "../http/listener/listener.js";
import { openRegistry, type Registry, type RegistryOptions } from "../registry/index.js";
import { type MicroService, type ServiceOptions, service } from "../service/index.js";
import { sidecar } from "../sidecar/index.js";
import type { SidecarOptions } from "../sidecar/options.js";
import { web } from "../web/index.js";
import type { WebOptions } from "../web/options.js";
import type { Report } from "./events.js";

/** Options of each program. The addresses are the preferred ones. */
export interface ProgramOptions {
  readonly api: Partial<ApiOptions> & { readonly address: string };
  readonly sidecar: SidecarOptions & { readonly address: string };
  readonly web: WebOptions & { readonly address: string };
}

/** Options that all programs share. */
interface Shared {
  readonly report: Report;
  readonly log?: Log;
  readonly service?: Omit<ServiceOptions, "name">;
  /** Variables that tell the terminal page where the registry is. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Number of further ports to try if one is taken. */
const triedPorts = 20;

/** Starts the embedded registry, unless a registry already answers at the address. */
export async function ensureRegistry(
  name: string,
  client: RegistryOptions,
  options: AgentOptions,
  { report, log }: Pick<Shared, "report" | "log">,
): Promise<HttpServer | undefined> {
  if (name !== "consul" || (await answers(client))) return undefined;
  const http = await agent({ ...options, log }).catch((error: unknown) => {
    throw MicroError.is(error) && error.reason === "ADDRESS_IN_USE" ? silent(error) : error;
  });
  report({ event: "note", text: `embedded registry at ${http.address}` });
  return http;
}

async function answers(client: RegistryOptions): Promise<boolean> {
  await using registry = await openRegistry("consul", client);
  try {
    await registry.listServices({ signal: AbortSignal.timeout(500) });
    return true;
  } catch {
    return false;
  }
}

/** Makes the error for a port of the registry on which something else listens. */
function silent(cause: MicroError): MicroError {
  const detail = `${cause.detail}, and what listens there does not answer as a registry`;
  return new MicroError(cause.id, cause.code, detail, { reason: cause.reason, cause });
}

/** A running program: its listener and its service. */
export interface DevProgram {
  readonly name: string;
  readonly http: HttpServer;
  readonly service: MicroService;
}

type Open = (service: MicroService, address: string) => Promise<HttpServer>;

/** Starts api, sidecar and web in this process, each on the next free port if its own is taken. */
export async function startPrograms(
  options: ProgramOptions,
  registry: Registry,
  { report, log, service: ofService, environment = {} }: Shared,
): Promise<readonly DevProgram[]> {
  const start = async (name: keyof ProgramOptions, open: Open): Promise<DevProgram> => {
    const own = service({
      drainDelay: 0,
      ...ofService,
      name: `go.micro.${name}`,
      registry,
      argv: [],
      env: {},
      folder: false,
      log,
    });
    try {
      return { name, http: await listening(own, options[name].address, name, open), service: own };
    } catch (error) {
      await own.close();
      throw error;
    }
  };
  /** Binds, then registers. Closes the listener again if that fails. */
  const listening = async (
    own: MicroService,
    wanted: string,
    name: string,
    open: Open,
  ): Promise<HttpServer> => {
    const http = await onFreePort(wanted, (address) => open(own, address));
    if (movedFrom(wanted, http.address))
      report({ event: "note", text: `${wanted} is taken: ${name} listens at ${http.address}` });
    try {
      await own.start();
      return http;
    } catch (error) {
      await http.close();
      throw error;
    }
  };
  const { terminal: asked } = options.web;
  const terminal = { ...asked, environment: { ...asked?.environment, ...environment } };
  return allOrNone([
    start("api", (own, address) => api(own, { ...options.api, address, log })),
    start("sidecar", (own, address) => sidecar(own, { ...options.sidecar, address, log })),
    start("web", (own, address) => web(own, { ...options.web, address, log, terminal })),
  ]);
}

/** Returns all programs, or throws the first error after closing those that have started. */
async function allOrNone(starting: readonly Promise<DevProgram>[]): Promise<readonly DevProgram[]> {
  const ended = await Promise.allSettled(starting);
  const failed = ended.find(({ status }) => status === "rejected");
  const started = ended.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (failed?.status !== "rejected") return started;
  await closePrograms(started);
  throw failed.reason;
}

/** Closes the listeners, then the services behind them. */
export async function closePrograms(programs: readonly DevProgram[]): Promise<void> {
  await Promise.all(programs.map(({ http }) => http.close()));
  await Promise.all(programs.map(({ service: own }) => own.close()));
}

/** Returns the URL to open a program in a browser, for the dashboard with its login. */
export function openUrl({ http }: DevProgram): string {
  return "loginUrl" in http && typeof http.loginUrl === "function" ? String(http.loginUrl()) : http.url;
}

function movedFrom(wanted: string, address: string): boolean {
  if (wanted.startsWith("unix:") || wanted.endsWith(":0")) return false;
  return parseAddress(address).port !== parseAddress(wanted).port;
}

async function onFreePort(
  address: string,
  open: (address: string) => Promise<HttpServer>,
): Promise<HttpServer> {
  if (address.startsWith("unix:")) return open(address);
  const { host, port } = parseAddress(address);
  for (let tried = 0; ; tried++) {
    try {
      return await open(formatAddress({ host, port: port === 0 ? 0 : port + tried }));
    } catch (error) {
      const taken = MicroError.is(error) && error.reason === "ADDRESS_IN_USE";
      if (!taken || tried === triedPorts) throw error;
    }
  }
}
