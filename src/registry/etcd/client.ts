import type { Etcd3, IOptions } from "etcd3";
import { MicroError, unavailable } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import { loopback } from "../../core/net/local-address.js";
import { readServerAddress } from "../../core/net/server-address.js";
import { missing } from "../../core/optional-packages.js";
import type { RegistryOptions } from "../options.js";

/** Time limits in milliseconds of a call, and of connecting. */
export const callTimeout = 2000;
const dialTimeout = 800;
const form = { id: "go.micro.registry", schemes: ["http", "https"], port: 2379 };
const maxReply = 32 * 1024 * 1024;

type FaultHandling = NonNullable<IOptions["faultHandling"]>;
type Policy = ReturnType<NonNullable<FaultHandling["host"]>>;

/** The etcd client library. */
export type EtcdLibrary = typeof import("etcd3");

/** @throws {MicroError} 500 BACKEND_MISSING if the library is not installed. */
export function loadEtcd(): Promise<EtcdLibrary> {
  return import("etcd3").catch(missing("etcd3"));
}

/** Opens the client. It does not connect yet. */
export function openEtcd(
  { Etcd3 }: EtcdLibrary,
  { tls, token }: RegistryOptions,
  hosts: readonly string[],
): Etcd3 {
  const [username = "", ...password] = (token ?? "").split(":");
  return new Etcd3({
    hosts: [...hosts],
    dialTimeout,
    ...(tls?.ca ? { credentials: credentials(tls.ca, tls.key, tls.cert) } : {}),
    ...(token ? { auth: { username, password: password.join(":") } } : {}),
    // Streams have no deadline. That of a call is in wall-clock time, as gRPC wants it.
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + callTimeout }),
    // No circuit breaker: it would refuse calls for 5 s after etcd is back.
    faultHandling: { host: () => passThrough },
    grpcOptions: {
      "grpc.keepalive_time_ms": 6000,
      "grpc.keepalive_timeout_ms": 2000,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1000,
      "grpc.max_receive_message_length": maxReply,
    },
  });
}

/**
 * Returns the hosts in `addresses`, with the scheme that TLS needs. @throws {MicroError} 400 for a malformed address.
 */
export function hostsOf({ addresses = [], tls }: RegistryOptions): string[] {
  const given = addresses.length > 0 ? addresses : [loopback(form.port)];
  return given.map((address) => {
    const { scheme, ...at } = readServerAddress(address, form);
    const secure = tls !== undefined || scheme === "https";
    return `${secure ? "https://" : ""}${formatAddress(at)}`;
  });
}

/** Returns the `host:port` of an address, without its scheme. */
export function plain(address: string): string {
  return address.replace(/^https?:\/\//, "");
}

/** Turns the failure of `what` into a `MicroError`. */
export function tell(error: unknown, what: string, hosts: readonly string[]): MicroError {
  if (MicroError.is(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  // gRPC puts the system's error into a history of attempts
  const found = /connect (E[A-Z]+)/.exec(text)?.[1] ?? text;
  const detail = `${what}: etcd at ${hosts.join(", ")} is unreachable: ${found}`;
  const address = plain(hosts[0] ?? "");
  const backend = { name: "etcd", address, silent: found.includes("DEADLINE_EXCEEDED") };
  return unavailable("go.micro.registry", detail, { reason: "REGISTRY_UNREACHABLE", backend, cause: error });
}

const never = new AbortController().signal;

const passThrough = {
  execute: async <T>(call: (context: { signal: AbortSignal }) => PromiseLike<T> | T) =>
    call({ signal: never }),
} as Policy;

function credentials(
  ca: string | Buffer,
  key: string | Buffer | undefined,
  cert: string | Buffer | undefined,
): IOptions["credentials"] {
  const bytes = (pem: string | Buffer | undefined) => (pem === undefined ? undefined : Buffer.from(pem));
  return { rootCertificate: Buffer.from(ca), privateKey: bytes(key), certChain: bytes(cert) };
}
