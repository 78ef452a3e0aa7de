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

/** How each program listens and what it may do; the addresses are those that are wanted. */
export interface ProgramOptions {
  readonly api: Partial<ApiOptions> & { readonly address: string };
  readonly sidecar: SidecarOptions & { readonly address: string };
  readonly web: WebOptions & { readonly address: string };
}

/** What the programs tell to whom, and what their services are like. */
interface Shared {
  readonly report: Report;
  readonly log?: Log;
  readonly service?: Omit<ServiceOptions, "name">;
  /** Where the registry is, for the command line of the terminal page. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Ports tried when one is taken, one after the other. */
const triedPorts = 20;

/** The embedded registry, unless one answers at the address already. */
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

/** Where the embedded registry would listen, something listens that answers no registry's questions. */
function silent(cause: MicroError): MicroError {
  const detail = `${cause.detail}, and what listens there does not answer as a registry`;
  return new MicroError(cause.id, cause.code, detail, { reason: cause.reason, cause });
}

/** A program that runs: its listener, and the service that it is in the registry. */
export interface DevProgram {
  readonly name: string;
  readonly http: HttpServer;
  readonly service: MicroService;
}

type Open = (service: MicroService, address: string) => Promise<HttpServer>;

/** Starts api, sidecar and web in this process, each on the next free port where its own is taken. */
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
  /** Binds, then registers; what was bound is closed again where registering fails. */
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

/** All programs, or the first error once those that did start are closed again. */
async function allOrNone(starting: readonly Promise<DevProgram>[]): Promise<readonly DevProgram[]> {
  const ended = await Promise.allSettled(starting);
  const failed = ended.find(({ status }) => status === "rejected");
  const started = ended.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  if (failed?.status !== "rejected") return started;
  await closePrograms(started);
  throw failed.reason;
}

/** Closes the listeners, then the services behind them. */
export async function closePrograms(programs: readonly DevProgram[]): Promise<void> {
  await Promise.all(programs.map(({ http }) => http.close()));
  await Promise.all(programs.map(({ service: own }) => own.close()));
}

/** Where people open a program: the dashboard's address with what lets them in. */
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
