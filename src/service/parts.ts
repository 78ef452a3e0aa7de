import type { Broker } from "../broker/broker.js";
import { badRequest, type MicroError } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import { parseAddress } from "../core/net/address.js";
import { tlsFault, tlsFromSettings } from "../core/settings/tls-settings.js";
import { defaultOf } from "../core/settings/values.js";
import { openPart } from "../plugins/index.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Registry } from "../registry/registry.js";
import type { TlsOptions } from "../transport/transport.js";
import { LazyBroker, LazyRegistry } from "./lazy-parts.js";
import type { ServiceOptions } from "./options.js";
import type { Plugins } from "./plugins.js";
import type { Settings } from "./read-settings.js";

/** The registry that the settings name. An open one from the code is used if it has that name. */
export function registryOf(
  { registry: given }: ServiceOptions,
  settings: Settings,
  { plugins, log }: { plugins: Plugins; log: Log },
): { part: Registry | LazyRegistry; owned: boolean } {
  const name = settings.registry ?? defaultOf("registry");
  if (typeof given === "object" && given.name === name) return { part: given, owned: false };
  return {
    part: new LazyRegistry(name, async () => {
      const options = { addresses: settings.registry_address, log };
      return openPart("registry", name, options, { plugins: await plugins.all() });
    }),
    owned: true,
  };
}

/** The broker that the settings name. An open one from the code is used if it has that name. */
export function brokerOf(
  { broker: given, tls }: ServiceOptions,
  settings: Settings,
  { registry, catalog, plugins, log }: { registry: Registry; catalog: Catalog; plugins: Plugins; log: Log },
): { part: Broker | LazyBroker; owned: boolean } {
  const name = settings.broker ?? defaultOf("broker");
  if (typeof given === "object" && given.name === name) return { part: given, owned: false };
  const { server_advertise } = settings;
  const options = {
    addresses: settings.broker_address,
    registry,
    catalog,
    advertise: server_advertise && parseAddress(server_advertise, 0).host,
    tls,
    log,
  };
  const open = async () => openPart("broker", name, options, { plugins: await plugins.all() });
  return { part: new LazyBroker(name, open), owned: true };
}

/** TLS options from the files that settings name, completed from the code. @throws {MicroError} 400 (USAGE). */
export function tlsOf({ tls }: ServiceOptions, settings: Settings): TlsOptions | undefined {
  // A certificate from the code counts as if the flags had named files.
  const brought = tls?.cert === undefined ? {} : { tls_cert_file: "code", tls_key_file: "code" };
  const fault = tlsFault({ ...brought, ...settings }) ?? codeFault(tls, settings);
  if (fault !== undefined) throw wrongTls(fault);
  try {
    const given = tlsFromSettings(settings);
    return given ? { ...tls, ...given } : tls;
  } catch (error) {
    throw wrongTls((error as Error).message, error);
  }
}

function codeFault({ cert, key, clientCa }: TlsOptions = {}, settings: Settings): string | undefined {
  if ((cert === undefined) !== (key === undefined)) return "tls.cert and tls.key go together";
  const served = cert !== undefined || settings.tls_cert_file !== undefined;
  return clientCa !== undefined && !served ? "tls.clientCa needs tls.cert and tls.key" : undefined;
}

function wrongTls(detail: string, cause?: unknown): MicroError {
  return badRequest("go.micro.service", detail, { reason: "USAGE", cause });
}
