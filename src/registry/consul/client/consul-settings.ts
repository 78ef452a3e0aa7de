import { badRequest } from "../../../core/errors.js";
import { fileFault, readSmallFile } from "../../../core/files/small-file.js";
import { formatAddress, isLoopback, parseAddress } from "../../../core/net/address.js";
import { loopback } from "../../../core/net/local-address.js";
import { readServerAddress } from "../../../core/net/server-address.js";
import { parseGoBoolean } from "../../../core/text/boolean.js";
import type { RegistryOptions } from "../../options.js";

const form = { id: "go.micro.registry", schemes: ["http", "https"], port: 8500, path: true };

/** Where the Consul agents are, and how to authenticate. */
export interface ConsulSettings {
  readonly places: readonly AgentEndpoint[];
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
}

/** One Consul agent. */
export interface AgentEndpoint {
  /** For errors and logs: `host:port`, or the path of a socket. */
  readonly address: string;
  readonly baseUrl: string;
  readonly socketPath?: string;
}

interface TlsSettings {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
}

/**
 * Reads settings from `options`, and where they are missing from Consul's own variables (`CONSUL_HTTP_ADDR`, `_TOKEN`,
 * `_TOKEN_FILE`, `_SSL`, `_SSL_VERIFY`, `CONSUL_CACERT`, `CONSUL_CLIENT_CERT`, `CONSUL_CLIENT_KEY`,
 * `CONSUL_NAMESPACE`).
 * @throws {MicroError} 400 for a malformed address, or a file that cannot be read.
 */
export function consulSettings(options: RegistryOptions, env: NodeJS.ProcessEnv): ConsulSettings {
  const secrets = options.anonymous ? {} : env;
  const secure = options.tls !== undefined || parseGoBoolean(env.CONSUL_HTTP_SSL ?? "") === true;
  const addresses = options.addresses?.filter((address) => address !== "") ?? [];
  const given = addresses.length > 0 ? addresses : [env.CONSUL_HTTP_ADDR || loopback(form.port)];
  return {
    places: given.map((address) => place(address, secure)),
    headers: headers(options, secrets),
    tls: {
      ca: options.tls?.ca ?? file("CONSUL_CACERT", env),
      cert: options.tls?.cert ?? file("CONSUL_CLIENT_CERT", secrets),
      key: options.tls?.key ?? file("CONSUL_CLIENT_KEY", secrets),
      rejectUnauthorized:
        options.tls?.rejectUnauthorized ?? parseGoBoolean(env.CONSUL_HTTP_SSL_VERIFY ?? "") ?? true,
    },
  };
}

/** True for an agent that is reached over loopback or a Unix socket. */
export function isLocal({ address, socketPath }: AgentEndpoint): boolean {
  return socketPath !== undefined || isLoopback(parseAddress(address).host);
}

function place(address: string, secure: boolean): AgentEndpoint {
  const socket = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
  if (socket !== undefined) return { address: socket, baseUrl: "http://127.0.0.1/v1", socketPath: socket };
  const { scheme = secure ? "https" : "http", path, ...at } = readServerAddress(address, form);
  const hostPort = formatAddress(at);
  return { address: hostPort, baseUrl: `${scheme}://${hostPort}${path}/v1` };
}

function headers(options: RegistryOptions, env: NodeJS.ProcessEnv): Record<string, string> {
  const token =
    options.token ?? (env.CONSUL_HTTP_TOKEN || file("CONSUL_HTTP_TOKEN_FILE", env)?.toString().trim());
  const namespace = options.namespace ?? env.CONSUL_NAMESPACE;
  return {
    ...(token ? { "x-consul-token": token } : {}),
    ...(namespace ? { "x-consul-namespace": namespace } : {}),
  };
}

function file(variable: string, env: NodeJS.ProcessEnv): Buffer | undefined {
  const path = env[variable];
  if (!path) return undefined;
  try {
    return readSmallFile(path);
  } catch (error) {
    const detail = `${variable} "${path}": ${fileFault(error)}`;
    throw badRequest("go.micro.registry", detail, { reason: "BAD_CONFIG", cause: error });
  }
}
