import { agent } from "../agent/index.js";
import { api } from "../api/index.js";
import { formatAddress, parseAddress } from "../core/address.js";
import { MicroError } from "../core/errors.js";
import type { Log } from "../core/log.js";
import type { HttpServer } from "../http/server.js";
import { openRegistry, type Registry } from "../registry/index.js";
import { type MicroService, service } from "../service/index.js";
import { sidecar } from "../sidecar/index.js";
import { web } from "../web/index.js";
import type { Report } from "./events.js";

/** Where the programs are to listen. */
export interface Addresses {
  readonly api: string;
  readonly sidecar: string;
  readonly web: string;
}

/** What the programs tell to whom. */
interface Told {
  readonly report: Report;
  readonly log?: Log;
  /** Where the registry is, for the command line of the terminal page. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Ports tried when one is taken, one after the other. */
const triedPorts = 20;

/** The embedded registry, unless one answers at the address already. */
export async function ensureRegistry(
  name: string,
  address: string,
  { report, log }: Told,
): Promise<HttpServer | undefined> {
  if (name !== "consul" || (await answers(address))) return undefined;
  const http = await agent({ address, log });
  report({ event: "note", text: `embedded registry at ${http.address}` });
  return http;
}

async function answers(address: string): Promise<boolean> {
  await using registry = await openRegistry("consul", { addresses: [address] });
  try {
    await registry.listServices({ signal: AbortSignal.timeout(500) });
    return true;
  } catch {
    return false;
  }
}

/** A program that runs: its listener, and the service that it is in the registry. */
export interface Program {
  readonly name: string;
  readonly http: HttpServer;
  readonly service: MicroService;
}

type Open = (service: MicroService, address: string) => Promise<HttpServer>;

/** Starts api, sidecar and web in this process, each on the next free port where its own is taken. */
export async function startPrograms(
  addresses: Addresses,
  registry: Registry,
  { report, log, environment = {} }: Told,
): Promise<readonly Program[]> {
  const start = async (name: keyof Addresses, open: Open): Promise<Program> => {
    const own = service({ name: `go.micro.${name}`, registry, argv: [], env: {}, drainDelay: 0, log });
    const wanted = addresses[name];
    const http = await onFreePort(wanted, (address) => open(own, address));
    const moved = parseAddress(http.address).port !== parseAddress(wanted).port && !wanted.endsWith(":0");
    if (moved) report({ event: "note", text: `${wanted} is taken: ${name} listens at ${http.address}` });
    await own.start();
    return { name, http, service: own };
  };
  return Promise.all([
    start("api", (own, address) => api(own, { address, log })),
    start("sidecar", (own, address) => sidecar(own, { address, log })),
    start("web", (own, address) => web(own, { address, log, terminal: { environment } })),
  ]);
}

async function onFreePort(
  address: string,
  open: (address: string) => Promise<HttpServer>,
): Promise<HttpServer> {
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
